import { createReadStream } from "node:fs";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import { changeBackups, downloadBackup, getBackups, startBackup } from "../contract.ts";
import type { Backups } from "./backups.ts";

export function backupRoutes(serve: Serve, backups: Backups): void {
  serve(getBackups, () => backups.read());
  serve(changeBackups, ({ body }) => backups.change(body));
  serve(startBackup, () => backups.start());
  serve(downloadBackup, async ({ params, reply }) => {
    const { path, file } = await backups.fileToDownload(params.backupName);
    await reply
      .header("content-type", "application/octet-stream")
      .header("content-length", file.bytes)
      .header("content-disposition", `attachment; filename="${file.name}"`)
      .header("cache-control", "no-store")
      .send(createReadStream(path));
  });
}
