import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { DownloadRows } from "../features/downloads/web/download-rows.tsx";
import type { Model } from "../features/models/contract.ts";
import { AddModel } from "../features/models/web/add-model.tsx";
import { ModelChoice } from "../features/models/web/model-choice.tsx";
import { useChooseDefault, useModels } from "../features/models/web/use-models.ts";
import { AccountCard } from "../features/users/web/account-card.tsx";
import type { Language } from "../features/users/contract.ts";
import { useMe, useUpdateMe } from "../features/users/web/use-me.ts";
import { Button, buttonClasses } from "../ui/button.tsx";
import { Choice } from "../ui/choice.tsx";
import { languages } from "../ui/i18n/format.ts";
import { useLanguage, useText } from "../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../ui/notice.tsx";

/** After an account is made: two short steps, each of which can be skipped. */
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
    <AccountCard
      key="language"
      isStep
      title={text.welcome.languageTitle}
      sentence={text.welcome.languageSentence}
      foot={<SkipLink />}
    >
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
  const isAdmin = useMe().role !== "member";
  const choose = useChooseDefault();
  const items = (models.data?.items ?? []).filter((model) => model.state.status !== "unavailable");
  const chooseAdded = ([first]: readonly Model[]) => {
    if (first !== undefined) choose.mutate(first.id);
  };
  return (
    <AccountCard
      key="model"
      isStep
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
      {choose.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={choose.error} /> : null}
      <ModelChoice models={items} onChoose={isAdmin ? (id) => choose.mutate(id) : null} />
      {isAdmin ? (
        <section className="flex flex-col gap-2">
          <h2 className="font-medium">{text.welcome.addAnother}</h2>
          <AddModel onAdded={chooseAdded} isFolded />
          <DownloadRows />
        </section>
      ) : null}
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
