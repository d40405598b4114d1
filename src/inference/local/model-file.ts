// What can be known about a GGUF file without loading it, and the proof that its header is sane. Our own reader instead of
// @huggingface/gguf: that one keeps the whole vocabulary in memory (38 MB and 0.2 s for a 135M model), takes duplicate
// keys, overlapping or out-of-range tensors and broken UTF-8, and its result is all that stands before native code.
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { because } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";
import { chatArchitectures } from "./model-file-architectures.ts";
import { ModelFileCursor, ModelFileCutError } from "./model-file-cursor.ts";
import { quantizationNames } from "./model-file-quantizations.ts";
import { partOf, readFurtherParts } from "./model-file-parts.ts";
import { readStart } from "./model-file-start.ts";
import { bytesReadPerToken } from "./model-file-reading.ts";
import { checkPlaces, readTensors, type Tensor } from "./model-file-tensors.ts";
import { type ArrayValue, printable, readValues, type Value, walkStrings } from "./model-file-values.ts";

/** llama.cpp's LLAMA_MAX_LAYERS and LLAMA_MAX_EXPERTS; more of them abort it or are refused by it. */
const maxLayers = 512;
const maxExperts = 1024;
/** As many as the names of llama.cpp's parts can count. */
const maxParts = 99_999;
const maxTemplateCharacters = 256 * 1024;
const defaultAlignment = 32;

export interface ModelFile {
  readonly path: string;
  readonly fileName: string;
  /** Of all parts together. */
  readonly fileBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  readonly architecture: string;
  readonly name: string | null;
  readonly licence: string | null;
  /** BCP 47 codes; empty when the file does not say. */
  readonly languages: readonly string[];
  readonly quantization: string | null;
  readonly parameterCount: number;
  readonly tensorCount: number;
  /** Bytes of all tensors, in all parts: what is mapped into memory when the model loads. */
  readonly tensorBytes: number;
  /** Bytes of weights that are read to compute one token; null where a mixture of experts does not say how many answer. */
  readonly bytesPerToken: number | null;
  /** Longest context that the model was trained for, in tokens. */
  readonly trainedContextTokens: number;
  readonly layers: number;
  readonly embeddingLength: number;
  readonly heads: number;
  /** Elements of keys and values together that one token adds to the cache, over all layers. */
  readonly kvElementsPerToken: number;
  readonly vocabularySize: number;
  readonly chatTemplate: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
}

/** Reads and checks a model file. Throws AppError: model_file_invalid, or model_file_unreadable. */
export async function readModelFile(path: string): Promise<ModelFile> {
  const fileName = basename(path);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    const stat = await handle.stat();
    if (!stat.isFile()) throw new AppError("model_file_invalid", { file: fileName, ...because("not_file") });
    return await readHeader(new ModelFileCursor(handle, stat.size, fileName), path, stat.mtimeMs);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const problem = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new AppError("model_file_unreadable", { file: fileName, problem }, { cause: error });
  } finally {
    await handle?.close();
  }
}

/**
 * Checks as much of a header as has arrived of a file that will have `fileBytes`. Answers whether the whole header was
 * there and is sane; throws model_file_invalid as soon as it cannot become so.
 */
export async function checkModelStart(path: string, fileName: string, fileBytes: number): Promise<boolean> {
  await using handle = await open(path, "r");
  try {
    await readHeader(new ModelFileCursor(handle, fileBytes, fileName), path, 0);
    return true;
  } catch (error) {
    if (error instanceof ModelFileCutError) return false;
    throw error;
  }
}

async function readHeader(cursor: ModelFileCursor, path: string, modifiedAt: number): Promise<ModelFile> {
  const counts = await readStart(cursor);
  const values = await readValues(cursor, counts.values);
  const read = propertiesOf(cursor, values);
  const parts = read.whole("split.count", 0, maxParts, 0);
  const own = await readTensors(cursor, counts.tensors, { mayBeEmpty: parts > 1 });
  const alignment = read.whole("general.alignment", 1, 1024 * 1024, defaultAlignment);
  if (!Number.isInteger(Math.log2(alignment))) cursor.refuse("model_alignment_wrong");
  checkPlaces(cursor, own, alignment);
  const further = await readFurther(cursor, path, parts, read);
  const tensors = [...own, ...further.tensors];
  if (parts > 1) checkWhole(cursor, tensors, read.whole("split.tensors.count", 1, Number.MAX_SAFE_INTEGER));
  const { experts, ...shape } = readShape(cursor, read);
  const vocabulary = await readVocabulary(cursor, read, values);
  checkEmbedding(cursor, tensors, shape.embeddingLength, vocabulary.vocabularySize);
  const template = read.text("tokenizer.chat_template");
  if (template !== null && template.length > maxTemplateCharacters) cursor.refuse("model_template_long");
  return {
    path,
    fileName: basename(path),
    fileBytes: cursor.fileBytes + further.fileBytes,
    modifiedAt,
    ...shape,
    name: shortText(read.text("general.name")),
    licence: shortText(read.text("general.license")),
    languages: languagesOf(values.get("general.languages")),
    quantization: quantizationNames[read.whole("general.file_type", 0, 65_535, 65_535)] ?? null,
    parameterCount: tensors.reduce((sum, tensor) => sum + tensor.weights, 0),
    tensorCount: tensors.length,
    tensorBytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    bytesPerToken: bytesReadPerToken(tensors, experts),
    ...vocabulary,
    chatTemplate: template,
  };
}

/** llama.cpp opens the other parts by itself, so each of them is read and checked before. */
async function readFurther(cursor: ModelFileCursor, path: string, parts: number, read: Properties) {
  const part = partOf(basename(path));
  if (parts <= 1) {
    if (part !== null && part.count > 1) cursor.refuse("model_part_by_name_only");
    return { tensors: [], fileBytes: 0 };
  }
  if (part?.count !== parts || part.number !== 1 || read.whole("split.no", 0, maxParts) !== 0) {
    cursor.refuse("model_part_misplaced", { count: parts });
  }
  return readFurtherParts(path, parts);
}

/** llama.cpp refuses these too, but after it has mapped all the parts. */
function checkWhole(cursor: ModelFileCursor, tensors: readonly Tensor[], expected: number): void {
  if (new Set(tensors.map(({ name }) => name)).size !== tensors.length) cursor.refuse("model_tensor_in_two_parts");
  if (tensors.length !== expected) cursor.refuse("model_tensors_missing", { count: tensors.length, number: expected });
}

interface Properties {
  text(key: string): string | null;
  /** A whole number within bounds; without `fallback` the property must be there. */
  whole(key: string, min: number, max: number, fallback?: number): number;
  /** A whole number for every layer: one for all, or one each. */
  perLayer(key: string, layers: number, max: number, fallback?: number): readonly number[];
}

function propertiesOf(cursor: ModelFileCursor, values: ReadonlyMap<string, Value>): Properties {
  const check = (key: string, value: unknown, min: number, max: number): number => {
    if (typeof value !== "number" || !Number.isSafeInteger(value))
      return cursor.refuse("model_value_not_whole", { it: printable(key) });
    if (value < min || value > max) cursor.refuse("model_value_impossible", { it: printable(key), number: value });
    return value;
  };
  return {
    text(key) {
      const value = values.get(key);
      if (value !== undefined && typeof value !== "string")
        cursor.refuse("model_value_not_text", { it: printable(key) });
      return value ?? null;
    },
    whole(key, min, max, fallback) {
      const value = values.get(key) ?? fallback;
      if (value === undefined) cursor.refuse("model_value_unsaid", { it: printable(key) });
      return check(key, value, min, max);
    },
    perLayer(key, layers, max, fallback) {
      const value = values.get(key) ?? fallback;
      if (typeof value !== "object") {
        if (value === undefined) cursor.refuse("model_value_unsaid", { it: printable(key) });
        return Array.from<number>({ length: layers }).fill(check(key, value, 1, max));
      }
      if (value.count < layers || value.elements === null)
        cursor.refuse("model_value_not_per_layer", { it: printable(key) });
      return value.elements.slice(0, layers).map((element) => check(key, element, 0, max));
    },
  };
}

function readShape(cursor: ModelFileCursor, read: Properties) {
  const architecture = read.text("general.architecture");
  if (architecture === null) cursor.refuse("model_architecture_unsaid");
  if (!chatArchitectures.has(architecture)) {
    cursor.refuse("model_architecture_unknown", { it: printable(architecture) });
  }
  const layers = read.whole(`${architecture}.block_count`, 1, maxLayers);
  const embeddingLength = read.whole(`${architecture}.embedding_length`, 1, 1_000_000);
  const headsPerLayer = read.perLayer(`${architecture}.attention.head_count`, layers, 4096);
  const heads = Math.max(...headsPerLayer);
  if (heads === 0) cursor.refuse("model_heads_missing");
  const kvHeads = read.perLayer(`${architecture}.attention.head_count_kv`, layers, 4096, heads);
  const headLength = Math.floor(embeddingLength / heads);
  const keyLength = read.whole(`${architecture}.attention.key_length`, 1, 65_536, headLength);
  const valueLength = read.whole(`${architecture}.attention.value_length`, 1, 65_536, headLength);
  const experts = {
    count: read.whole(`${architecture}.expert_count`, 0, maxExperts, 0),
    used: read.whole(`${architecture}.expert_used_count`, 0, maxExperts, 0),
  };
  return {
    architecture,
    layers,
    embeddingLength,
    heads,
    trainedContextTokens: read.whole(`${architecture}.context_length`, 1, 1_000_000_000),
    kvElementsPerToken: kvHeads.reduce((sum, count) => sum + count * (keyLength + valueLength), 0),
    experts,
  };
}

async function readVocabulary(cursor: ModelFileCursor, read: Properties, values: ReadonlyMap<string, Value>) {
  const tokens = values.get("tokenizer.ggml.tokens");
  if (typeof tokens !== "object" || tokens.elementType !== "string" || tokens.count === 0)
    cursor.refuse("model_vocabulary_missing");
  const model = read.text("tokenizer.ggml.model");
  if (model === null || model === "none" || model === "no_vocab") cursor.refuse("model_tokenizer_missing");
  checkTable(cursor, values, "tokenizer.ggml.scores", tokens.count, ["float32", "int32"]);
  checkTable(cursor, values, "tokenizer.ggml.token_type", tokens.count, ["int32"]);
  const bosId = read.whole("tokenizer.ggml.bos_token_id", -1, 0xffff_ffff, -1);
  const eosId = read.whole("tokenizer.ggml.eos_token_id", -1, 0xffff_ffff, -1);
  const words = await readWords(cursor, tokens, [bosId, eosId]);
  return { vocabularySize: tokens.count, bosToken: words[0] ?? null, eosToken: words[1] ?? null };
}

/** llama.cpp reads these tables by token id. */
function checkTable(
  cursor: ModelFileCursor,
  values: ReadonlyMap<string, Value>,
  key: string,
  count: number,
  types: readonly string[],
): void {
  const table = values.get(key);
  if (table === undefined) return;
  if (typeof table !== "object" || !types.includes(table.elementType) || table.count < count) {
    cursor.refuse("model_value_misfits_vocabulary", { it: key });
  }
}

/** The words of some token ids. Words that are there twice abort llama.cpp, so they are looked for on the way. */
async function readWords(
  cursor: ModelFileCursor,
  tokens: ArrayValue,
  ids: readonly number[],
): Promise<(string | undefined)[]> {
  const seen = new Set<string>();
  const found: (string | undefined)[] = ids.map(() => undefined);
  cursor.seek(tokens.offset);
  await walkStrings(cursor, tokens.count, (bytes, index) => {
    seen.add(bytes.length === 0 ? `[EMPTY_${index}]` : bytes.toString("latin1"));
    ids.forEach((id, place) => {
      if (id === index) found[place] = bytes.toString("utf8");
    });
  });
  if (seen.size !== tokens.count) cursor.refuse("model_word_twice");
  return found;
}

function checkEmbedding(
  cursor: ModelFileCursor,
  tensors: readonly Tensor[],
  embeddingLength: number,
  vocabularySize: number,
): void {
  const embedding = tensors.find((tensor) => tensor.name === "token_embd.weight");
  if (embedding === undefined) cursor.refuse("model_embeddings_missing");
  const [length, words] = embedding.shape;
  if (length !== embeddingLength || words !== vocabularySize) {
    cursor.refuse("model_embeddings_misfit");
  }
}

function languagesOf(value: Value | undefined): readonly string[] {
  const elements = typeof value === "object" ? (value.elements ?? []) : [];
  return elements.filter(
    (element): element is string => typeof element === "string" && /^[a-z]{2,3}(-[\w-]{1,20})?$/i.test(element),
  );
}

function shortText(text: string | null): string | null {
  const clean = text === null ? "" : printable(text).trim();
  return clean === "" ? null : clean;
}
