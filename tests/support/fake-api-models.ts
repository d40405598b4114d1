// The models' endpoints of the fake server: found, added, chosen, uploaded.
import { because } from "../../src/contract/reasons.ts";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import * as contract from "../../src/features/models/contract.ts";
import * as uploads from "../../src/features/models/uploads-contract.ts";
import type { FakeAnswer, FakeCall } from "./fake-api-call.ts";
import { fakeId } from "./fake-api-seed.ts";
import type { FakeState } from "./fake-api-state.ts";

export function describeModelRoutes(
  state: FakeState,
  serve: (endpoint: Endpoint, answer: (call: FakeCall) => FakeAnswer) => void,
): void {
  let removed = state.models;
  serve(contract.listModels, () => ({
    json: { items: state.models, nextCursor: null, missingDefault: state.missingDefault },
  }));
  serve(contract.loadModel, ({ params }) => ({ json: state.loadModel(params["modelId"] ?? "") }));
  serve(contract.findModels, () => ({
    json: {
      items: state.found,
      problems: state.found.length === 0 ? [] : [unreadable],
      folders: [],
      modelFolder: "/srv/shobar/data/models",
    },
  }));
  serve(contract.chooseDefaultModel, ({ body }) => {
    state.missingDefault = null;
    state.models = state.models.map((model) => ({ ...model, isDefault: model.id === body["modelId"] }));
    return {};
  });
  serve(contract.addModelPlace, ({ body }) => {
    const found = state.found.find(({ path }) => path === body["path"]);
    if (found === undefined && !String(body["path"]).startsWith("/srv/")) {
      return { status: 422, problem: "model_path_missing", details: { path: String(body["path"]) } };
    }
    state.found = state.found.filter((each) => each !== found);
    return { json: { items: [state.addModel(found?.name ?? "A named model", found?.store ?? "file")] } };
  });
  serve(contract.removeModelPlace, ({ params }) => {
    removed = state.models;
    state.models = state.models.filter(({ place }) => place?.placeId !== params["placeId"]);
    return {};
  });
  serve(contract.restoreModelPlace, ({ params }) => {
    const place = removed.filter((model) => model.place?.placeId === params["placeId"]);
    if (place.length === 0) return { status: 404, problem: "model_place_not_found" };
    state.models = removed;
    return {};
  });
  serve(contract.deleteModel, ({ params }) => {
    state.models = state.models.filter(({ id }) => id !== params["modelId"]);
    return {};
  });
  describeUploadRoutes(state, serve);
}

const notChatting = because("model_architecture_unknown", { it: "nomic-bert" });
const unreadable = { store: "ollama", folder: "/usr/share/ollama/.ollama/models", problem: "permission denied" };

function describeUploadRoutes(
  state: FakeState,
  serve: (endpoint: Endpoint, answer: (call: FakeCall) => FakeAnswer) => void,
): void {
  const find = ({ params }: FakeCall) => state.uploads.find(({ id }) => id === params["uploadId"]);
  serve(uploads.listUploads, () => ({ json: { items: state.uploads, freeBytes: 48e9, maxBytes: 100e9 } }));
  serve(uploads.startUpload, ({ body }) => {
    const upload = { ...body, id: body["uploadId"], receivedBytes: 0, createdAt: 0 } as unknown as uploads.Upload;
    state.uploads = [...state.uploads, upload];
    return { status: 201, json: upload };
  });
  serve(uploads.sendUploadPiece, (call) => {
    const before = find(call);
    if (before === undefined) return { status: 404, problem: "upload_not_found" };
    const offset = Number(call.query.get("offset"));
    if (offset !== before.receivedBytes) {
      return { status: 409, problem: "upload_offset_wrong", details: { received: before.receivedBytes } };
    }
    const after = { ...before, receivedBytes: offset + Number(call.body["bytes"]) };
    state.uploads = state.uploads.map((each) => (each === before ? after : each));
    return { json: after };
  });
  serve(uploads.finishUpload, (call) => {
    const upload = find(call);
    if (upload === undefined) return { status: 404, problem: "upload_not_found" };
    state.uploads = state.uploads.filter((each) => each !== upload);
    const model = state.addModel(upload.fileName, "models-folder");
    return { json: { model, fileName: upload.fileName, sha256: "b179c9523d0e6a0f".repeat(4) } };
  });
  serve(uploads.discardUpload, (call) => {
    state.uploads = state.uploads.filter((each) => each !== find(call));
    return {};
  });
}

export function seedUploads(): uploads.Upload[] {
  return [
    {
      id: fakeId(),
      fileName: "Qwen3-8B-Instruct-Q4_K_M.gguf",
      sizeBytes: 5.03e9,
      modifiedAt: 0,
      receivedBytes: 2.1e9,
      createdAt: 0,
    },
  ];
}

export function seedFound(): contract.FoundModel[] {
  const facts = { licence: "apache-2.0", languages: ["en", "bn"], quantization: "Q4_K_M", speed: null, problem: null };
  return [
    {
      ...facts,
      store: "ollama",
      name: "gemma3:4b",
      path: "/home/anika/.ollama/models/manifests/registry.ollama.ai/library/gemma3/4b",
      sizeBytes: 3.3e9,
      memory: { neededBytes: 4.2e9, freeBytes: 6.2e9, fits: true },
      speed: { tokensPerSecond: 4.2, wordsPerSecond: 3.1, basis: "estimated", isSlow: true },
    },
    {
      ...facts,
      store: "lm-studio",
      name: "lmstudio-community/Qwen3-32B-GGUF/Qwen3-32B-Q4_K_M.gguf",
      path: "/home/anika/.lmstudio/models/lmstudio-community/Qwen3-32B-GGUF/Qwen3-32B-Q4_K_M.gguf",
      sizeBytes: 19.8e9,
      memory: { neededBytes: 22e9, freeBytes: 6.2e9, fits: false },
    },
    {
      store: "hugging-face",
      name: "nomic-ai/nomic-embed-text-v1.5-GGUF/nomic-embed-text-v1.5.Q8_0.gguf",
      path: "/home/anika/.cache/huggingface/hub/models--nomic-ai--nomic-embed/snapshots/c0ffee/nomic.gguf",
      licence: null,
      languages: [],
      quantization: null,
      sizeBytes: null,
      memory: null,
      speed: null,
      problem: notChatting.problem,
      problemDetails: notChatting,
    },
  ];
}
