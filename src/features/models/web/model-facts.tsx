import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import type { Model } from "../contract.ts";

type Facts = Pick<Model, "languages" | "licence" | "sizeBytes">;

/** One quiet line: what it speaks, what one may do with it, how large it is. */
export function ModelFacts({ languages, licence, sizeBytes }: Facts) {
  const { text, format } = useLanguage();
  const spoken = languages.length === 0 ? null : format.list(languages.map(format.languageName));
  return (
    <span className="tabular flex flex-wrap gap-x-4 text-dense text-text-2">
      <span>{spoken ?? text.models.languagesUnknown}</span>
      <span>{licence === null ? text.models.licenceUnknown : text.models.licenceIs({ name: licence })}</span>
      {sizeBytes === null ? null : <span>{format.bytes(sizeBytes)}</span>}
    </span>
  );
}
