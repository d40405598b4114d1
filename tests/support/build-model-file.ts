// Writes a small GGUF file with a sane header and no useful weights, for tests that must not need a real model.

type Scalar = {
  readonly type: "uint32" | "uint64" | "float32" | "string" | "bool";
  readonly value: number | string | boolean;
};
type List = {
  readonly type: "list";
  readonly of: "string" | "int32" | "float32" | "uint32" | "list";
  readonly values: readonly (number | string)[];
};
export type ModelFileValue = Scalar | List;

export interface ModelFileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** ggml's tensor type id; 0 is F32. */
  readonly type: number;
  readonly offset?: number;
}

export interface ModelFileDescription {
  readonly magic?: string;
  readonly version?: number;
  readonly values: readonly (readonly [string, ModelFileValue])[];
  readonly tensors: readonly ModelFileTensor[];
  readonly valueCount?: number;
  readonly tensorCount?: number;
  /** Bytes of tensor data after the header; by default as many as the tensors need. */
  readonly dataBytes?: number;
}

const typeIds = { uint32: 4, float32: 6, bool: 7, string: 8, list: 9, uint64: 10, int32: 5 } as const;

export const uint32 = (value: number): ModelFileValue => ({ type: "uint32", value });
export const text = (value: string): ModelFileValue => ({ type: "string", value });
export const words = (values: readonly string[]): ModelFileValue => ({ type: "list", of: "string", values });
export const int32s = (values: readonly number[]): ModelFileValue => ({ type: "list", of: "int32", values });

/** A complete description of a tiny Llama-like model; change what the test is about. */
export function aModelFile(changes: Partial<ModelFileDescription> = {}): ModelFileDescription {
  return {
    values: [
      ["general.architecture", text("llama")],
      ["general.name", text("Tiny")],
      ["general.license", text("mit")],
      ["general.languages", words(["en", "bn"])],
      ["general.file_type", uint32(0)],
      ["llama.context_length", uint32(4096)],
      ["llama.embedding_length", uint32(64)],
      ["llama.block_count", uint32(2)],
      ["llama.attention.head_count", uint32(4)],
      ["llama.attention.head_count_kv", uint32(2)],
      ["tokenizer.ggml.model", text("gpt2")],
      ["tokenizer.ggml.tokens", words(["<s>", "</s>", "a", "b"])],
      ["tokenizer.ggml.token_type", int32s([3, 3, 1, 1])],
      ["tokenizer.ggml.bos_token_id", uint32(0)],
      ["tokenizer.ggml.eos_token_id", uint32(1)],
    ],
    tensors: [
      { name: "token_embd.weight", shape: [64, 4], type: 0 },
      { name: "output_norm.weight", shape: [64], type: 0 },
    ],
    ...changes,
  };
}

/** The description's values with some replaced, added (new name) or taken away (null). */
export function withValues(changes: Readonly<Record<string, ModelFileValue | null>>): ModelFileDescription {
  const values = new Map(aModelFile().values);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
  return aModelFile({ values: [...values] });
}

export function buildModelFile(description: ModelFileDescription): Buffer {
  const parts: Buffer[] = [
    Buffer.from(description.magic ?? "GGUF", "latin1"),
    u32(description.version ?? 3),
    u64(description.tensorCount ?? description.tensors.length),
    u64(description.valueCount ?? description.values.length),
  ];
  for (const [key, value] of description.values) parts.push(string(key), ...valueBytes(value));
  let end = 0;
  for (const tensor of description.tensors) {
    const offset = tensor.offset ?? end;
    parts.push(string(tensor.name), u32(tensor.shape.length), ...tensor.shape.map(u64), u32(tensor.type), u64(offset));
    end = align(offset + tensor.shape.reduce((product, length) => product * length, 4));
  }
  const header = Buffer.concat(parts);
  const padding = Buffer.alloc(align(header.length) - header.length);
  return Buffer.concat([header, padding, Buffer.alloc(description.dataBytes ?? Math.min(end, 1_000_000))]);
}

function valueBytes(value: ModelFileValue): Buffer[] {
  if (value.type !== "list") return [u32(typeIds[value.type]), scalar(value.type, value.value)];
  return [
    u32(typeIds.list),
    u32(typeIds[value.of]),
    u64(value.values.length),
    ...value.values.map((item) => scalar(value.of, item)),
  ];
}

function scalar(type: keyof typeof typeIds, value: number | string | boolean): Buffer {
  if (type === "string") return string(String(value));
  if (type === "bool") return Buffer.from([Number(value)]);
  if (type === "uint64" || type === "list") return u64(Number(value));
  const bytes = Buffer.alloc(4);
  if (type === "float32") bytes.writeFloatLE(Number(value));
  else if (type === "int32") bytes.writeInt32LE(Number(value));
  else bytes.writeUInt32LE(Number(value));
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function string(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([u64(bytes.length), bytes]);
}

function align(bytes: number): number {
  return Math.ceil(bytes / 32) * 32;
}
