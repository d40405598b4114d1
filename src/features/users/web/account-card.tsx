import { type ReactNode, useEffect, useRef } from "react";
import { languages } from "../../../ui/i18n/format.ts";
import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import { Mark } from "../../../ui/mark.tsx";
import { DocumentTitle, useOrganisationName } from "../../../ui/server-name.tsx";

interface Props {
  readonly title: string;
  readonly sentence: string;
  readonly children: ReactNode;
  /** One of several steps: its title gets the focus, so that a screen reader says that there is a new one. */
  readonly isStep?: boolean;
  /** Instead of the choice of a language. */
  readonly foot?: ReactNode;
}

/** The page around signing in and setting up: a card of 400 on canvas, full width on a phone. */
export function AccountCard({ title, sentence, children, foot, isStep = false }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isStep) heading.current?.focus();
  }, [isStep]);
  const organisation = useOrganisationName();
  return (
    <main className="flex min-h-full flex-col items-center justify-center bg-surface sm:bg-canvas sm:p-6">
      <DocumentTitle of={title} />
      <div className="flex w-full grow flex-col gap-6 bg-surface p-4 sm:max-w-card sm:grow-0 sm:rounded-composer sm:border sm:p-8">
        <header className="flex flex-col gap-3">
          <div className="flex items-center gap-3">
            <Mark className="size-10 shrink-0" />
            <bdi className="min-w-0 font-medium wrap-anywhere">{organisation}</bdi>
          </div>
          <h1 ref={heading} tabIndex={isStep ? -1 : undefined} className="text-title font-semibold outline-none">
            {title}
          </h1>
          <p className="text-text-2">{sentence}</p>
        </header>
        {children}
        <div className="mt-auto flex flex-wrap gap-x-4 gap-y-1 text-dense">{foot ?? <LanguageChoice />}</div>
      </div>
    </main>
  );
}

function LanguageChoice() {
  const { text, language, setLanguage } = useLanguage();
  return languages.map((choice) => (
    <button
      key={choice}
      type="button"
      lang={choice}
      aria-pressed={choice === language}
      onClick={() => setLanguage(choice)}
      className="min-h-control rounded-control text-text-2 underline-offset-4 hover:text-text hover:underline aria-pressed:font-medium aria-pressed:text-text"
    >
      {text.language[choice]}
    </button>
  ));
}
