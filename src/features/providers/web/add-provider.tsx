import { useText } from "../../../ui/i18n/language-provider.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { ProviderForm } from "./provider-form.tsx";

/** For admins; on the Models page and in the welcome. */
export function AddProvider() {
  const text = useText();
  const showToast = useToast();
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-form text-text-2">{text.providers.sentence}</p>
      <ProviderForm onAdded={({ name }) => showToast({ sentence: text.providers.added({ name }) })} />
    </div>
  );
}
