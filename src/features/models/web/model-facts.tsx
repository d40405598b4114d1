import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import type { Model } from "../contract.ts";

interface Facts extends Pick<Model, "languages" | "licence" | "sizeBytes"> {
  /** Told of a model that has no size here: how much it reads at once. */
  readonly contextTokens?: number | null;
}

/** One quiet line: what it speaks, what one may do with it, how large it is. */
export function ModelFacts({ languages, licence, sizeBytes, contextTokens = null }: Facts) {
  const { text, format } = useLanguage();
  const spoken = languages.length === 0 ? null : format.list(languages.map(format.languageName));
  return (
    <span className="tabular flex flex-wrap gap-x-4 text-dense text-text-2">
      <span>{spoken ?? text.models.languagesUnknown}</span>
      <span>{licence === null ? text.models.licenceUnknown : text.models.licenceIs({ name: licence })}</span>
      {sizeBytes === null ? null : <span>{format.bytes(sizeBytes)}</span>}
      {sizeBytes !== null || contextTokens === null ? null : <span>{text.models.reads({ count: contextTokens })}</span>}
    </span>
  );
}
