import { FolderX } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Added } from "./add-model.tsx";
import { useAddPlace, useFoundModels, useRemovePlace, useRestorePlace } from "./use-models.ts";

/** A file or a folder of the server's machine, by its path. */
export function PathForm({ onAdded }: { onAdded: Added }) {
  const text = useText();
  const [path, setPath] = useState("");
  const add = useAddPlace();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(path.trim(), {
      onSuccess: (added) => {
        setPath("");
        onAdded(added.items);
      },
    });
  };
  return (
    <div className="flex flex-col gap-4">
      <form onSubmit={submit} className="flex max-w-form flex-col gap-3">
        {add.isError ? <ProblemNotice heading={text.models.notAdded} problem={add.error} /> : null}
        <TextField
          label={text.models.pathLabel}
          help={text.models.pathHelp}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          maxLength={4096}
          value={path}
          onChange={(event) => setPath(event.target.value)}
        />
        <Button type="submit" className="self-start" disabled={path.trim() === "" || add.isPending}>
          {text.models.usePath}
        </Button>
      </form>
      <OwnFolder />
      <NamedFolders />
    </div>
  );
}

/** The folder in which every file is used at once. */
function OwnFolder() {
  const text = useText();
  const folder = useFoundModels().data?.modelFolder;
  if (folder === undefined) return null;
  return (
    <div className="flex flex-col gap-1 text-dense text-text-2">
      <p>{text.models.ownFolder}</p>
      <p className="flex items-center gap-1">
        <code dir="ltr" className="min-w-0 break-all text-text">
          {folder}
        </code>
        <CopyButton label={text.models.copyPath} read={() => folder} />
      </p>
    </div>
  );
}

function NamedFolders() {
  const text = useText();
  const folders = useFoundModels().data?.folders ?? [];
  const showToast = useToast();
  const remove = useRemovePlace();
  const restore = useRestorePlace();
  const stopUsing = (placeId: string) =>
    remove.mutate(placeId, {
      onSuccess: () => showToast({ sentence: text.models.stoppedUsing, undo: () => restore.mutate(placeId) }),
    });
  const problem = remove.error ?? restore.error;
  if (folders.length === 0 && problem === null) return null;
  return (
    <div className="flex flex-col gap-1 text-dense text-text-2">
      <p>{text.models.namedFolders}</p>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <ul>
        {folders.map(({ placeId, path, models }) => (
          <li key={placeId} className="flex items-center gap-2">
            <code dir="ltr" className="min-w-0 break-all text-text">
              {path}
            </code>
            <span className="tabular shrink-0">{text.models.modelsThere({ count: models })}</span>
            <IconButton
              label={text.models.stopUsingNamed({ path })}
              icon={FolderX}
              onClick={() => stopUsing(placeId)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
