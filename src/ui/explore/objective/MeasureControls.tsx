// How the coding rate is read: normalisation, place, unit, sum or heads, ε².

import { useShallow } from 'zustand/react/shallow';
import { useApp } from '../../appContext.tsx';
import { Segmented } from '../../controls/Segmented.tsx';
import { EpsilonSlider } from './EpsilonSlider.tsx';

export function MeasureControls() {
  const { normalisation, place, rateUnit, perHead, eps2, engine, choose } = useApp(
    useShallow((state) => ({
      normalisation: state.normalisation,
      place: state.place,
      rateUnit: state.rateUnit,
      perHead: state.perHead,
      eps2: state.eps2,
      engine: state.engine.status,
      choose: state.choose,
    })),
  );
  return (
    <div className="measure-controls">
      <Segmented
        label="tokens"
        value={normalisation}
        options={[
          { value: 'unit', label: 'unit', hint: 'Each token, in each subspace, divided by its length' },
          { value: 'raw', label: 'raw', hint: 'Tokens as they are' },
        ]}
        onChange={(value) => choose({ normalisation: value })}
      />
      <Segmented
        label="measured at"
        value={place}
        options={[
          { value: 'input', label: 'input', hint: 'Before MSSA, after its layer norm' },
          { value: 'half', label: 'half', hint: 'After MSSA, before ISTA' },
          { value: 'output', label: 'output', hint: 'After ISTA' },
        ]}
        onChange={(value) => choose({ place: value })}
      />
      <Segmented
        label="unit"
        hideLabel
        value={rateUnit}
        options={[
          { value: 'nats', label: 'nats' },
          { value: 'bits', label: 'bits' },
        ]}
        onChange={(value) => choose({ rateUnit: value })}
      />
      <Segmented
        label="heads"
        hideLabel
        value={perHead ? 'heads' : 'sum'}
        options={[
          { value: 'sum', label: 'sum' },
          { value: 'heads', label: 'per head' },
        ]}
        onChange={(value) => choose({ perHead: value === 'heads' })}
      />
      <EpsilonSlider eps2={eps2} onChoose={(value) => choose({ eps2: value })} disabled={engine !== 'live'} />
      {engine === 'live' ? null : (
        <p className="tick measure-reason">
          {engine === 'recorded'
            ? 'Recorded trace: ε² waits for the live engine.'
            : 'ε² cannot be changed while no engine runs.'}
        </p>
      )}
    </div>
  );
}
