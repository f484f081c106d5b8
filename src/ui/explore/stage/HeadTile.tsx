// One head's map with its name, its own weight and what this half-step did to its term of R^c.

import type { ReactNode } from 'react';
import { AttentionMap, type AttentionStyle } from '../../maps/AttentionMap.tsx';
import type { PictureRaster } from '../../maps/pictureRaster.ts';
import { bare, signed } from '../../text/numbers.ts';
import { Tex } from '../../text/Tex.tsx';
import { rankOf, weight } from './attention.ts';
import type { Operator } from './formulas.ts';
import { patchOf, theToken, tokenPlace } from './tokenNames.ts';

export interface HeadTileProps {
  /** From 0. */
  readonly head: number;
  /** The picked token's row of A_k, n entries. */
  readonly row: ArrayLike<number>;
  /** The same without the class token's entry; kept apart so that the canvas is redrawn only when it changes. */
  readonly patches: readonly number[];
  readonly token: number;
  readonly hovered: number | null;
  readonly grid: number;
  readonly side: number;
  readonly max: number;
  readonly style: AttentionStyle;
  readonly picture: PictureRaster | null;
  /** 1 for each patch that the encoder did not see; null: it saw all. */
  readonly hidden: Uint8Array | null;
  readonly isChosen: boolean;
  /** Change of this head's term of R^c, and the operator that made it; null while unknown. */
  readonly change: number | null;
  readonly operator: Operator;
  readonly onHover: (token: number | null) => void;
  readonly onPick: (token: number) => void;
  readonly onPickHead: () => void;
}

/** Narrower tiles are named by their number alone, px. */
const ROOMY = 128;

export function HeadTile(props: HeadTileProps) {
  const { head, row, patches, token, hovered, grid, side, max, style, picture, hidden, isChosen, change, operator } =
    props;
  const others = row.length - 1 - (token === 0 ? 0 : 1);
  const isNarrow = side < ROOMY;
  const unseen = (patch: number): string => (hidden?.[patch] ? ', hidden' : '');
  const at = (patch: number): string =>
    patch + 1 === token ? `own weight ${weight(row[token] ?? 0)}` : `attention ${weight(row[patch + 1] ?? 0)}`;
  const tip = (patch: number): ReactNode => (
    <>
      <b>Head {head + 1}</b>
      <span>
        {patch + 1 === token ? 'to itself' : `to ${theToken(patch + 1, grid)}`}
        {unseen(patch)}
      </span>
      <span>{weight(row[patch + 1] ?? 0)}</span>
      {patch + 1 !== token && (
        <>
          <span>rank</span>
          <span>
            {rankOf(row, patch + 1, token)} of {others}
          </span>
        </>
      )}
      {token !== 0 && (
        <>
          <span>to the class token</span>
          <span>{weight(row[0] ?? 0)}</span>
        </>
      )}
    </>
  );
  return (
    <figure className="head-tile" style={{ width: side }}>
      <figcaption className="head-caption">
        <button
          type="button"
          className="head-name"
          aria-pressed={isChosen}
          aria-label={`Head ${head + 1}`}
          onClick={props.onPickHead}
        >
          {isNarrow ? head + 1 : `Head ${head + 1}`}
        </button>
        <span className="head-numbers tick">
          {!isNarrow && <span className="head-self">self {bare(row[token] ?? 0, 2)}</span>}
          {change !== null && (
            <span className={operator}>
              <Tex>R^c</Tex> {signed(change)}
            </span>
          )}
        </span>
      </figcaption>
      <AttentionMap
        label={`Attention of head ${head + 1} from ${theToken(token, grid)}`}
        values={patches}
        grid={grid}
        side={side}
        max={max}
        style={style}
        picture={picture}
        hidden={hidden}
        picked={patchOf(token)}
        hovered={patchOf(hovered)}
        cellLabel={(patch) => `${tokenPlace(patch + 1, grid)}${unseen(patch)}, ${at(patch)}`}
        tip={tip}
        onHover={(patch) => props.onHover(patch === null ? null : patch + 1)}
        onPick={(patch) => props.onPick(patch + 1)}
      />
    </figure>
  );
}

/** The room of a tile that is not drawn yet. */
export function HeadRoom({ side }: Pick<HeadTileProps, 'side'>) {
  return (
    <figure className="head-tile" aria-hidden="true">
      <div className="head-caption" />
      <div style={{ width: side, height: side }} />
    </figure>
  );
}
