// The key-value part of a GGUF header. Scalars and short arrays are kept; long arrays (the vocabulary) are walked, checked
// and remembered by their place only.
import type { ModelFileCursor } from "./model-file-cursor.ts";

const maxKeys = 10_000;
const maxKeyBytes = 1024;
const maxStringBytes = 1024 * 1024;
const maxKeptBytes = 8 * 1024 * 1024;
const maxArrayElements = 4 * 1024 * 1024;
const maxKeptElements = 1024;
const maxKeptElementBytes = 256;

export interface ArrayValue {
  readonly elementType: ValueType;
  readonly count: number;
  /** Place in the file of the first element. */
  readonly offset: number;
  /** The elements of a short array, else null. */
  readonly elements: readonly (number | string | boolean)[] | null;
}

export type Value = number | string | boolean | ArrayValue;

type ScalarType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "float32"
  | "bool"
  | "uint64"
  | "int64"
  | "float64";
export type ValueType = ScalarType | "string" | "array";

const valueTypes: readonly ValueType[] = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
];

const scalarBytes: Record<ScalarType, number> = {
  uint8: 1,
  int8: 1,
  bool: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/** Reads `count` key-value pairs. Duplicate keys are refused: two readers must never see two different values. */
export async function readValues(cursor: ModelFileCursor, count: number): Promise<ReadonlyMap<string, Value>> {
  if (count > maxKeys) cursor.refuse("model_properties_many", { count });
  const values = new Map<string, Value>();
  let keptBytes = 0;
  for (let index = 0; index < count; index += 1) {
    const key = await cursor.string(maxKeyBytes, {
      tooLong: "model_property_name_long",
      notText: "model_property_name_not_text",
    });
    if (values.has(key)) cursor.refuse("model_property_twice", { it: printable(key) });
    const value = await readValue(cursor, key);
    keptBytes += key.length + sizeOf(value);
    if (keptBytes > maxKeptBytes) cursor.refuse("model_properties_large");
    values.set(key, value);
  }
  return values;
}

/** Calls `visit` with every element of a string array, as raw bytes that are valid only during the call. */
export async function walkStrings(
  cursor: ModelFileCursor,
  count: number,
  visit: (bytes: Buffer, index: number) => void,
): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    if (!cursor.has(8)) await cursor.need(8);
    const bytes = cursor.takeUint64();
    if (bytes > maxStringBytes) cursor.refuse("model_word_long");
    if (!cursor.has(bytes)) await cursor.need(bytes);
    visit(cursor.take(bytes), index);
  }
}

/** File texts go into messages: without control characters, at most 80 characters. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?").slice(0, 80);
}

async function readValue(cursor: ModelFileCursor, key: string): Promise<Value> {
  const type = await readType(cursor, key);
  if (type === "string")
    return cursor.string(maxStringBytes, {
      tooLong: "model_property_long",
      notText: "model_property_not_utf8",
      it: printable(key),
    });
  if (type === "array") return readArray(cursor, key);
  await cursor.need(scalarBytes[type]);
  return takeScalar(cursor, type);
}

async function readType(cursor: ModelFileCursor, key: string): Promise<ValueType> {
  await cursor.need(4);
  const type = valueTypes[cursor.takeUint32()];
  if (type === undefined) cursor.refuse("model_property_type_unknown", { it: printable(key) });
  return type;
}

async function readArray(cursor: ModelFileCursor, key: string): Promise<ArrayValue> {
  const elementType = await readType(cursor, key);
  if (elementType === "array") cursor.refuse("model_property_nested", { it: printable(key) });
  await cursor.need(8);
  const count = cursor.takeUint64();
  if (count > maxArrayElements) cursor.refuse("model_property_elements", { it: printable(key), count });
  const offset = cursor.position;
  const isKept = count <= maxKeptElements;
  if (elementType === "string")
    return { elementType, count, offset, elements: await readStrings(cursor, count, isKept ? [] : null) };
  if (!isKept) {
    cursor.skip(count * scalarBytes[elementType]);
    return { elementType, count, offset, elements: null };
  }
  await cursor.need(count * scalarBytes[elementType]);
  const elements = Array.from({ length: count }, () => takeScalar(cursor, elementType));
  return { elementType, count, offset, elements };
}

async function readStrings(
  cursor: ModelFileCursor,
  count: number,
  elements: string[] | null,
): Promise<string[] | null> {
  let kept = elements;
  await walkStrings(cursor, count, (bytes) => {
    if (bytes.length > maxKeptElementBytes) kept = null;
    kept?.push(bytes.toString("utf8"));
  });
  return kept;
}

function takeScalar(cursor: ModelFileCursor, type: ScalarType): number | boolean {
  const bytes = cursor.take(scalarBytes[type]);
  switch (type) {
    case "uint8":
      return bytes.readUInt8();
    case "int8":
      return bytes.readInt8();
    case "bool":
      return bytes.readUInt8() !== 0;
    case "uint16":
      return bytes.readUInt16LE();
    case "int16":
      return bytes.readInt16LE();
    case "uint32":
      return bytes.readUInt32LE();
    case "int32":
      return bytes.readInt32LE();
    case "float32":
      return bytes.readFloatLE();
    case "uint64":
      return Number(bytes.readBigUInt64LE());
    case "int64":
      return Number(bytes.readBigInt64LE());
    case "float64":
      return bytes.readDoubleLE();
  }
}

function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value.elements === null) return 8;
  return value.elements.reduce((sum: number, element) => sum + (typeof element === "string" ? element.length : 8), 0);
}
