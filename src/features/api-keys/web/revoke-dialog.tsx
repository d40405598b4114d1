import { ConfirmByName } from "../../../ui/confirm-by-name.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { ApiKey } from "../contract.ts";
import { useRevokeApiKey } from "./use-api-keys.ts";

export function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog open={apiKey !== null} onClose={onClose} title={text.apiKeys.revokeTitle({ name: apiKey?.name ?? "" })}>
      {apiKey === null ? null : <RevokeForm apiKey={apiKey} onClose={onClose} />}
    </Dialog>
  );
}

function RevokeForm({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const text = useText();
  const showToast = useToast();
  const revoke = useRevokeApiKey();
  const onSuccess = () => {
    showToast({ sentence: text.apiKeys.revoked });
    onClose();
  };
  return (
    <ConfirmByName
      name={apiKey.name}
      label={text.apiKeys.revokeConfirm({ name: apiKey.name })}
      action={text.apiKeys.revoke}
      isPending={revoke.isPending}
      problem={revoke.error}
      onConfirm={() => revoke.mutate(apiKey.id, { onSuccess })}
      onClose={onClose}
    >
      <p className="text-text-2">{text.apiKeys.revokeHelp}</p>
    </ConfirmByName>
  );
}
