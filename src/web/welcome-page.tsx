import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useModels } from "../features/models/web/use-models.ts";
import { AccountCard } from "../features/users/web/account-card.tsx";
import type { Language } from "../features/users/contract.ts";
import { useMe, useUpdateMe } from "../features/users/web/use-me.ts";
import { Button, buttonClasses } from "../ui/button.tsx";
import { Choice } from "../ui/choice.tsx";
import { languages } from "../ui/i18n/format.ts";
import { useLanguage, useText } from "../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../ui/notice.tsx";

/** The page of models has the others. */
const mostNamed = 4;

/** After the owner's account is made: two short steps, each of which can be skipped. */
export function WelcomePage() {
  const [isLanguageKnown, setLanguageKnown] = useState(false);
  // Read during the first step, so that the second is whole from the start.
  const models = useModels();
  return isLanguageKnown ? <ModelStep models={models} /> : <LanguageStep onDone={() => setLanguageKnown(true)} />;
}

function LanguageStep({ onDone }: { onDone: () => void }) {
  const { text, language } = useLanguage();
  const me = useMe();
  const update = useUpdateMe();
  return (
    <AccountCard title={text.welcome.languageTitle} sentence={text.welcome.languageSentence} foot={<SkipLink />}>
      <Choice<Language>
        label={text.settings.language}
        value={me.language ?? language}
        options={languages.map((value) => ({ value, label: text.language[value] }))}
        onChange={(chosen) => update.mutate({ language: chosen })}
      />
      {update.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={update.error} /> : null}
      <Button look="primary" onClick={onDone}>
        {text.welcome.next}
      </Button>
    </AccountCard>
  );
}

function ModelStep({ models }: { models: ReturnType<typeof useModels> }) {
  const text = useText();
  const items = (models.data?.items ?? []).filter((model) => model.state.status !== "unavailable");
  return (
    <AccountCard
      title={text.welcome.modelTitle}
      sentence={items.length === 0 && models.isSuccess ? text.welcome.noModel : text.welcome.modelSentence}
      foot={
        <Link to="/models" className={buttonClasses("quiet", "-ms-3")}>
          {text.welcome.seeModels}
        </Link>
      }
    >
      {models.isError ? (
        <ProblemNotice heading={text.models.failed} problem={models.error} onRetry={() => void models.refetch()} />
      ) : null}
      <ul className="flex flex-col gap-2 empty:hidden">
        {items.slice(0, mostNamed).map((model) => (
          <li key={model.id}>
            <p dir="auto" className="font-medium wrap-anywhere">
              {model.name}
            </p>
            {model.isStarter ? <p className="text-dense text-warning">{text.models.starter}</p> : null}
          </li>
        ))}
      </ul>
      <p className="text-text-2">{text.welcome.fromDisk}</p>
      <Link to="/" className={buttonClasses("primary")}>
        {text.welcome.start}
      </Link>
    </AccountCard>
  );
}

function SkipLink() {
  const text = useText();
  return (
    <Link to="/" className={buttonClasses("quiet", "-ms-3")}>
      {text.welcome.skip}
    </Link>
  );
}
