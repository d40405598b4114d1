// Builds the peer from the source bundle that the package node-llama-cpp carries: the same release as the libraries that
// the product uses. Needs git, cmake and a C++ compiler; takes about 10 minutes on two cores; nothing lands in the clone.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { findLlamaSource } from "../../tests/support/find-llama-source.ts";
import { findLlamaServer, peerFolder } from "./llama-server.ts";

function run(program: string, parameters: readonly string[], folder: string): void {
  console.log(`${program} ${parameters.join(" ")}`);
  execFileSync(program, parameters, { cwd: folder, stdio: "inherit" });
}

const found = findLlamaServer();
if (found) {
  console.log(`It is here already: ${found}`);
} else {
  const folder = peerFolder();
  mkdirSync(folder, { recursive: true });
  const { repository } = await findLlamaSource();
  const source = join(folder, "source");
  if (!existsSync(source)) run("git", ["clone", "--quiet", repository, source], folder);
  const build = join(folder, "build");
  run(
    "cmake",
    ["-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_UI=OFF"],
    folder,
  );
  run("cmake", ["--build", build, "--target", "llama-server", "-j", String(availableParallelism())], folder);
  console.log(`Built: ${findLlamaServer() ?? "nothing, although no step failed"}`);
}
