import { useText } from "../ui/i18n/language-provider.tsx";
import { DesignPart } from "./design-part.tsx";

const grounds = [
  ["canvas", "bg-canvas"],
  ["surface", "bg-surface"],
  ["raised", "bg-raised"],
  ["sunken", "bg-sunken"],
  ["hover", "bg-hover"],
  ["border", "bg-border"],
  ["control", "bg-control"],
  ["accent", "bg-accent"],
  ["accent-soft", "bg-accent-soft"],
  ["danger", "bg-danger"],
  ["danger-soft", "bg-danger-soft"],
  ["warning", "bg-warning"],
  ["warning-soft", "bg-warning-soft"],
  ["success", "bg-success"],
  ["success-soft", "bg-success-soft"],
] as const;

const sizes = [
  "text-meta",
  "text-dense",
  "text-interface",
  "text-answer",
  "text-section",
  "text-title",
  "text-greeting",
] as const;

/** Colours and type, by the names that code uses. */
export function DesignFoundations() {
  const text = useText();
  return (
    <>
      <DesignPart title={text.design.colours}>
        <ul className="flex flex-wrap gap-3">
          {grounds.map(([name, classes]) => (
            <li key={name} className="flex w-24 flex-col gap-1 text-meta text-text-2">
              <span className={`h-8 rounded-control border border-border ${classes}`} />
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </DesignPart>
      <DesignPart title={text.design.type}>
        {sizes.map((size) => (
          <p key={size} className={size}>
            {text.design.sample}
          </p>
        ))}
        <p className="text-text-2">{text.design.sample}</p>
        <p className="text-text-3">{text.design.sample}</p>
        <p lang="bn" className="text-answer">
          {text.language.bn}
        </p>
      </DesignPart>
    </>
  );
}
