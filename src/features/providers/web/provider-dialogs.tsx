import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Provider } from "../contract.ts";
import { ModelPicks } from "./model-picks.tsx";
import { useChangeProvider, useTestProvider } from "./use-providers.ts";

interface Props {
  /** null: closed. */
  readonly provider: Provider | null;
  readonly onClose: () => void;
}

interface FormProps {
  readonly provider: Provider;
  readonly onClose: () => void;
}

/** The old key works until the new one has been tried. */
export function KeyDialog({ provider, onClose }: Props) {
  const text = useText();
  return (
    <Dialog
      open={provider !== null}
      onClose={onClose}
      title={text.providers.changeKeyOf({ name: provider?.name ?? "" })}
    >
      {provider === null ? null : <KeyForm provider={provider} onClose={onClose} />}
    </Dialog>
  );
}

function KeyForm({ provider, onClose }: FormProps) {
  const text = useText();
  const showToast = useToast();
  const change = useChangeProvider(provider.id);
  const [key, setKey] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const onSuccess = () => {
      showToast({ sentence: text.providers.keyChanged });
      onClose();
    };
    change.mutate({ key: key.trim() }, { onSuccess });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {change.isError ? <ProblemNotice heading={text.providers.notWorking} problem={change.error} /> : null}
      <TextField
        label={text.providers.key}
        help={text.providers.newKeyHelp}
        type="password"
        dir="ltr"
        autoComplete="off"
        maxLength={1000}
        value={key}
        onChange={({ target }) => setKey(target.value)}
      />
      <Foot onClose={onClose}>
        <Button type="submit" look="primary" disabled={key.trim() === "" || change.isPending}>
          {change.isPending ? text.providers.testing : text.common.save}
        </Button>
      </Foot>
    </form>
  );
}

export function ModelsDialog({ provider, onClose }: Props) {
  const text = useText();
  return (
    <Dialog
      open={provider !== null}
      onClose={onClose}
      title={text.providers.changeModelsOf({ name: provider?.name ?? "" })}
    >
      {provider === null ? null : <ModelsForm provider={provider} onClose={onClose} />}
    </Dialog>
  );
}

function ModelsForm({ provider, onClose }: FormProps) {
  const text = useText();
  const { data, error, isError, mutate: read } = useTestProvider();
  const change = useChangeProvider(provider.id);
  const [chosen, setChosen] = useState<readonly string[]>(provider.models.map(({ id }) => id));
  useEffect(() => read({ preset: provider.preset, providerId: provider.id }), [read, provider.preset, provider.id]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ models: [...chosen] }, { onSuccess: onClose });
  };
  if (isError) {
    const again = () => read({ preset: provider.preset, providerId: provider.id });
    return <ProblemNotice heading={text.providers.notWorking} problem={error} onRetry={again} />;
  }
  if (data === undefined) return <Skeleton rows={4} rowClasses="h-8" />;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <ModelPicks models={data.models} name={provider.name} chosen={chosen} onChoose={setChosen} />
      {change.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={change.error} /> : null}
      <Foot onClose={onClose}>
        <Button type="submit" look="primary" disabled={chosen.length === 0 || change.isPending}>
          {change.isPending ? text.providers.testing : text.common.save}
        </Button>
      </Foot>
    </form>
  );
}

function Foot({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const text = useText();
  return (
    <div className="flex flex-wrap justify-end gap-2">
      <Button onClick={onClose}>{text.common.cancel}</Button>
      {children}
    </div>
  );
}
