// Which product kernel the engine took, why, and what each was measured at; measured again on request.

import { PRODUCT_KERNELS, type ProductKernel, type ProductReport } from '../../model/speed.ts';
import { useApp } from '../appContext.tsx';
import { Button } from '../controls/Button.tsx';
import { flopRate } from './figures.ts';
import './product.css';

export const PRODUCTS: Readonly<Record<ProductKernel, { readonly file: string; readonly words: string }>> = {
  register: { file: 'gemm.wgsl', words: 'register blocks' },
  quad: { file: 'gemm_quad.wgsl', words: 'register blocks that share their loads by quads' },
  tile: { file: 'gemm_tile.wgsl', words: 'tiles in workgroup memory' },
};

const ORIGIN: Readonly<Record<ProductReport['origin'], string>> = {
  link: 'asked for by the link',
  software: 'by rule, unmeasured',
  remembered: 'remembered from an earlier measurement',
  measured: 'measured just now',
};

function Speeds({ gflops, kernel }: Pick<ProductReport, 'gflops' | 'kernel'>) {
  if (!gflops) return null;
  const measured = PRODUCT_KERNELS.flatMap((each) => {
    const rate = gflops[each];
    return rate === undefined ? [] : [{ each, rate }];
  });
  const most = Math.max(...measured.map(({ rate }) => rate));
  return (
    <dl className="product-speeds">
      {measured.map(({ each, rate }) => (
        <div key={each} data-taken={each === kernel}>
          <dt>
            <code>{PRODUCTS[each].file}</code>
          </dt>
          <dd>
            <span className="product-track" aria-hidden="true">
              <span style={{ width: `${(100 * rate) / most}%` }} />
            </span>
            <span className="product-rate">{flopRate(rate)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function ProductPart({ hasAdapter = false }: { readonly hasAdapter?: boolean }) {
  const product = useApp((state) => state.product);
  const trial = useApp((state) => state.productTrial);
  const engine = useApp((state) => state.engine);
  const measureProduct = useApp((state) => state.measureProduct);
  if (!product) {
    return (
      <p className="label">
        {engine.status === 'live' && engine.kind === 'cpu'
          ? `The CPU engine computes${hasAdapter ? ` (${engine.adapter})` : ''}, which has one product and nothing to choose.`
          : 'No model has been loaded yet.'}
      </p>
    );
  }
  const { kernel, gflops, why, origin, weightsAs, adapter, device } = product;
  const isRunning = trial.status === 'running';
  return (
    <div className="product">
      <dl className="product-rows">
        <div>
          <dt>product kernel</dt>
          <dd>
            <code>{PRODUCTS[kernel].file}</code>, {PRODUCTS[kernel].words}
          </dd>
        </div>
        <div>
          <dt>chosen</dt>
          <dd>{ORIGIN[origin]}</dd>
        </div>
        <div>
          <dt>weights</dt>
          <dd>{weightsAs}</dd>
        </div>
        {hasAdapter ? (
          <div>
            <dt>adapter</dt>
            <dd>
              {adapter}
              {device.isSoftware ? ' (a program on the processor)' : ''}
            </dd>
          </div>
        ) : null}
      </dl>
      <p className="product-why">{why}</p>
      <Speeds gflops={gflops} kernel={kernel} />
      <div className="product-again">
        <Button variant="edge" size="small" disabled={isRunning} onClick={measureProduct}>
          {isRunning ? 'Measuring…' : gflops ? 'Measure again' : 'Measure all'}
        </Button>
        <span className="tick" role="status">
          {trial.status === 'failed' ? trial.sentence : isRunning ? 'Each product, some milliseconds.' : ''}
        </span>
      </div>
    </div>
  );
}
