// The downloads' endpoints of the fake server: a catalogue, and downloads that come as far as a test lets them.
import type { Endpoint } from "../../src/contract/endpoint.ts";
import * as contract from "../../src/features/downloads/contract.ts";
import { describeEntry } from "../../src/features/downloads/server/catalogue.ts";
import { catalogueBytesPerToken, modelCatalogue, plannedModel } from "../../src/inference/catalogue/model-catalogue.ts";
import { defaultEngineSettings } from "../../src/inference/local/local-engine-options.ts";
import { planMemory } from "../../src/inference/local/memory-plan.ts";
import type { FakeAnswer, FakeCall } from "./fake-api-call.ts";
import { fakeId } from "./fake-api-seed.ts";
import type { FakeState } from "./fake-api-state.ts";

const freeBytes = 6.2e9;

export function describeDownloadRoutes(
  state: FakeState,
  serve: (endpoint: Endpoint, answer: (call: FakeCall) => FakeAnswer) => void,
): void {
  const change = (
    { params }: FakeCall,
    changed: (download: contract.Download) => contract.Download | null,
  ): FakeAnswer => {
    const before = state.downloads.find(({ id }) => id === params["downloadId"]);
    if (before === undefined) return { status: 404, problem: "download_unknown" };
    const after = changed(before);
    state.downloads = state.downloads.flatMap((each) => (each === before ? (after === null ? [] : [after]) : [each]));
    return after === null ? {} : { json: after };
  };
  serve(contract.listCatalogue, () => ({ json: { items: seedCatalogue() } }));
  serve(contract.listDownloads, () => ({
    json: { items: state.downloads, freeBytes: 48e9, host: "huggingface.co" },
  }));
  serve(contract.startDownload, ({ body }) => {
    const source = String(body["source"]);
    const known = seedCatalogue().find(({ id }) => id === source);
    if (source.startsWith("offline/")) {
      const details = { host: "huggingface.co", problem: "nothing listens there", reasonCode: "nothing_listens" };
      return { status: 502, problem: "service_unreachable", details };
    }
    if (known === undefined && !source.includes("/")) {
      return { status: 400, problem: "download_source_unclear", details: { source } };
    }
    const fileName = known?.source.split("/").at(-1) ?? "Another-Q4_K_M.gguf";
    const from = `huggingface.co/${(known?.source ?? source).split("/").slice(0, 2).join("/")}`;
    const download = { ...aDownload, id: fakeId(), fileName, from, sizeBytes: known?.sizeBytes ?? 1e9 };
    state.downloads = [...state.downloads, download];
    return { json: { modelId: null, download } };
  });
  serve(contract.pauseDownload, (call) =>
    change(call, (download) => ({ ...download, state: "paused", bytesPerSecond: null })),
  );
  serve(contract.resumeDownload, (call) =>
    change(call, (download) => ({ ...download, state: "fetching", error: null, bytesPerSecond: 12e6 })),
  );
  serve(contract.discardDownload, (call) => change(call, () => null));
}

const aDownload: contract.Download = {
  id: "",
  fileName: "",
  from: "",
  sizeBytes: 1,
  receivedBytes: 0,
  bytesPerSecond: null,
  state: "fetching",
  error: null,
  modelId: null,
  createdAt: 0,
};

/** One in each state. */
export function seedDownloads(): contract.Download[] {
  const from = "huggingface.co/Qwen/Qwen3-8B-GGUF";
  const qwen = { ...aDownload, from, sizeBytes: 5_027_783_488 };
  const details = { host: "huggingface.co", problem: "nothing listens there", reasonCode: "nothing_listens" };
  return [
    {
      ...qwen,
      id: fakeId(),
      fileName: "Qwen3-8B-Q4_K_M.gguf",
      receivedBytes: 2_300_000_000,
      bytesPerSecond: 11_800_000,
    },
    { ...qwen, id: fakeId(), fileName: "gemma-3-4b-it-Q4_K_M.gguf", receivedBytes: 5_027_783_488, state: "checking" },
    { ...qwen, id: fakeId(), fileName: "SmolLM3-Q4_K_M.gguf", receivedBytes: 900_000_000, state: "paused" },
    {
      ...qwen,
      id: fakeId(),
      fileName: "Mistral-Nemo-Instruct-2407-Q4_K_M.gguf",
      receivedBytes: 1_200_000_000,
      state: "failed",
      error: { code: "service_unreachable", message: "huggingface.co cannot be reached.", details },
    },
    { ...qwen, id: fakeId(), fileName: "Llama-3.2-1B-Instruct-Q4_K_M.gguf", state: "done", modelId: "llama" },
  ];
}

/** The real one, as a machine with 6 GB free sees it. */
function seedCatalogue(): contract.CatalogueModel[] {
  const speeds = [
    {
      modelId: "other",
      bytesPerToken: 2_000_000_000,
      samples: [{ tokensPerSecond: 12, wordsPerToken: 0.75 }],
    },
  ];
  const settings = { ...defaultEngineSettings, threads: 4 };
  return modelCatalogue.map((entry) => {
    const { neededBytes, fits } = planMemory(plannedModel(entry), { freeBytes }, settings);
    return describeEntry(entry, {
      modelId: entry.id === "gemma-3-1b" ? "gemma-3-1b-it-q4_k_m" : null,
      bytesPerToken: catalogueBytesPerToken(entry),
      memory: { neededBytes, freeBytes, fits },
      speeds,
    });
  });
}
