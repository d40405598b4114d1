// Model files that come from a browser, in pieces: what arrived stays, so that a lost connection, a reload or a restart
// of the server costs one piece at most.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";
import { Model } from "./contract.ts";

/** Of one piece; a browser sends less where the line is slow. */
export const maxPieceBytes = 16_000_000;

export const Upload = z.object({
  id: Id,
  fileName: z.string(),
  sizeBytes: z.number(),
  /** The file's own, so that the same file is recognised when it is chosen again. */
  modifiedAt: Timestamp,
  /** On the server's disk for good; the next piece begins here. */
  receivedBytes: z.number(),
  createdAt: Timestamp,
});
export type Upload = z.infer<typeof Upload>;

const params = z.object({ uploadId: Id });

export const listUploads = endpoint({
  method: "GET",
  path: "/api/models/uploads",
  summary: "List the uploads that are not finished",
  access: "admin",
  response: z.object({ items: z.array(Upload), freeBytes: z.number(), maxBytes: z.number() }),
});

export const startUpload = endpoint({
  method: "POST",
  path: "/api/models/uploads",
  summary: "Begin to upload a model file; repeated with the same id, it answers the same upload",
  access: "admin",
  status: 201,
  body: z.object({
    uploadId: Id,
    fileName: z.string().check(z.minLength(1), z.maxLength(255)),
    sizeBytes: z.number().check(z.int(), z.minimum(1)),
    modifiedAt: z.number().check(z.int(), z.minimum(0)),
  }),
  response: Upload,
});

export const sendUploadPiece = endpoint({
  method: "PUT",
  path: "/api/models/uploads/:uploadId/bytes",
  summary: "Add the bytes from an offset on; answered once they are on disk",
  access: "admin",
  resource: "model-upload",
  params,
  query: z.object({ offset: z.coerce.number().check(z.int(), z.minimum(0)) }),
  bytes: { maxBytes: maxPieceBytes },
  response: Upload,
});

export const finishUpload = endpoint({
  method: "POST",
  path: "/api/models/uploads/:uploadId/finish",
  summary: "Check the whole file and put it into the models folder; repeated, it answers the same",
  access: "admin",
  resource: "model-upload",
  params,
  response: z.object({ model: Model, fileName: z.string(), sha256: z.string() }),
});
export type FinishedUpload = z.infer<NonNullable<typeof finishUpload.response>>;

export const discardUpload = endpoint({
  method: "DELETE",
  path: "/api/models/uploads/:uploadId",
  summary: "Give an upload up and delete what has arrived",
  access: "admin",
  resource: "model-upload",
  params,
});
