// What every reader makes of a file: tensors by name, each read when it is asked for.

/** Kinds of numbers, as safetensors names them. */
export type Dtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL'
  | 'F8_E4M3'
  | 'F8_E5M2';

export type Container = 'safetensors' | 'pytorch-zip' | 'pytorch-legacy' | 'npz';

export interface NamedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Entries, the product of the shape. */
  readonly count: number;
  /**
   * The entries as f32, row-major (f64 is rounded; integers and booleans too); read from the file at each call.
   * @throws CheckpointError 'unsupported-dtype', 'truncated'
   */
  f32(): Promise<Float32Array>;
  /**
   * The entries' own bytes, little-endian, row-major and contiguous whatever the strides in the file; read at each call.
   * @throws CheckpointError 'truncated'
   */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

export interface TensorFile {
  readonly container: Container;
  /** In the file's order. */
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  /** Keys that led to the tensors from the outermost object: ["state_dict"] for {'state_dict': {…}, 'epoch': 3}; [] for a bare state dict. */
  readonly wrapper: readonly string[];
  /** Plain values beside the tensors (epoch, arch, hyper-parameters, safetensors' __metadata__), by dotted path; text and numbers only. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}
