import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Model } from "../contract.ts";
import { useDeleteModel } from "./use-models.ts";

/** Cannot be undone, so the model's name is typed first. */
export function DeleteModelDialog({ model, onClose }: { model: Model | null; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog open={model !== null} onClose={onClose} title={text.models.deleteTitle({ name: model?.name ?? "" })}>
      {model === null ? null : <DeleteForm model={model} onClose={onClose} />}
    </Dialog>
  );
}

function DeleteForm({ model, onClose }: { model: Model; onClose: () => void }) {
  const { text } = useLanguage();
  const showToast = useToast();
  const remove = useDeleteModel();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate(model.id, {
      onSuccess: () => {
        showToast({ sentence: text.models.deleted });
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-text-2">{text.models.deleteHelp({ bytes: model.sizeBytes ?? 0 })}</p>
      {remove.isError ? <ProblemNotice problem={remove.error} /> : null}
      <TextField
        label={text.models.deleteConfirm({ name: model.name })}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="danger" disabled={typed.trim() !== model.name.trim() || remove.isPending}>
          {text.models.deleteFile}
        </Button>
      </div>
    </form>
  );
}
