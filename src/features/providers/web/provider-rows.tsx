import { Ellipsis, KeyRound, List, Power, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { OriginIcon } from "../../../ui/origin-icon.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Provider } from "../contract.ts";
import { KeyDialog, ModelsDialog } from "./provider-dialogs.tsx";
import { useChangeProvider, useProviders, useRemoveProvider, useRestoreProvider } from "./use-providers.ts";

type Opened = "key" | "models" | null;

/** The services that are there, each with its state and what can be done with it. Nothing while there is none. */
export function ProviderRows() {
  const text = useText();
  const items = useProviders().data?.items ?? [];
  const showToast = useToast();
  const remove = useRemoveProvider();
  const restore = useRestoreProvider();
  const removeNow = ({ id, name }: Provider) =>
    remove.mutate(id, {
      onSuccess: () => showToast({ sentence: text.providers.removed({ name }), undo: () => restore.mutate(id) }),
    });
  const problem = remove.error ?? restore.error;
  if (items.length === 0 && problem === null) return null;
  return (
    <section className="flex flex-col gap-3">
      <h2 className="text-section font-semibold">{text.providers.used}</h2>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <ul className="flex flex-col border-t border-border">
        {items.map((provider) => (
          <ProviderRow key={provider.id} provider={provider} onRemove={() => removeNow(provider)} />
        ))}
      </ul>
    </section>
  );
}

function ProviderRow({ provider, onRemove }: { provider: Provider; onRemove: () => void }) {
  const { text, format } = useLanguage();
  const showToast = useToast();
  const change = useChangeProvider(provider.id);
  const [opened, setOpened] = useState<Opened>(null);
  const { name, isDisabled, models, keyHint, baseUrl } = provider;
  const turn = () =>
    change.mutate(
      { isDisabled: !isDisabled },
      {
        onSuccess: () =>
          showToast({ sentence: isDisabled ? text.providers.turnedOn({ name }) : text.providers.turnedOff({ name }) }),
      },
    );
  const close = () => setOpened(null);
  return (
    <li className="flex items-start gap-x-4 border-b border-border py-3">
      <div className="flex min-w-0 grow flex-col gap-1">
        <p className="flex items-center gap-2 font-medium">
          <OriginIcon madeBy={name} />
          <span dir="auto" className="min-w-0 wrap-anywhere">
            {name}
          </span>
        </p>
        <p className="flex flex-wrap gap-x-4 text-dense text-text-2">
          <code dir="ltr" className="break-all">
            {baseUrl}
          </code>
          <span>{keyHint === null ? text.providers.noKey : text.providers.keyEnds({ hint: keyHint })}</span>
        </p>
        <p className="text-dense text-text-2 wrap-anywhere">{format.list(models.map((model) => model.name))}</p>
        {change.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={change.error} /> : null}
      </div>
      <p className={`flex min-h-control items-center text-dense ${isDisabled ? "text-text-3" : "text-success"}`}>
        {isDisabled ? text.providers.off : text.providers.on}
      </p>
      <Menu
        trigger={<IconButton icon={Ellipsis} label={text.providers.actionsOf({ name })} disabled={change.isPending} />}
        items={[
          { label: text.providers.changeKey, icon: KeyRound, onSelect: () => setOpened("key") },
          { label: text.providers.changeModels, icon: List, onSelect: () => setOpened("models") },
          { label: isDisabled ? text.providers.turnOn : text.providers.turnOff, icon: Power, onSelect: turn },
          { label: text.providers.remove, icon: Trash2, isDestructive: true, onSelect: onRemove },
        ]}
      />
      <KeyDialog provider={opened === "key" ? provider : null} onClose={close} />
      <ModelsDialog provider={opened === "models" ? provider : null} onClose={close} />
    </li>
  );
}
