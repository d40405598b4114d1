import { ConfirmByName } from "../../../ui/confirm-by-name.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Model } from "../contract.ts";
import { useDeleteModel } from "./use-models.ts";

export function DeleteModelDialog({ model, onClose }: { model: Model | null; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog open={model !== null} onClose={onClose} title={text.models.deleteTitle({ name: model?.name ?? "" })}>
      {model === null ? null : <DeleteForm model={model} onClose={onClose} />}
    </Dialog>
  );
}

function DeleteForm({ model, onClose }: { model: Model; onClose: () => void }) {
  const text = useText();
  const showToast = useToast();
  const remove = useDeleteModel();
  const onSuccess = () => {
    showToast({ sentence: text.models.deleted });
    onClose();
  };
  return (
    <ConfirmByName
      name={model.name}
      label={text.models.deleteConfirm({ name: model.name })}
      action={text.models.deleteFile}
      isPending={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate(model.id, { onSuccess })}
      onClose={onClose}
    >
      <p className="text-text-2">{text.models.deleteHelp({ bytes: model.sizeBytes ?? 0 })}</p>
    </ConfirmByName>
  );
}
