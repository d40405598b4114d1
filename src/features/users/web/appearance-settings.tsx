import { useState } from "react";
import { Choice } from "../../../ui/choice.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { applyDensity, currentDensity, type Density } from "../../../ui/theme-choice.ts";
import type { Language, Theme } from "../contract.ts";
import { useMe, useUpdateMe } from "./use-me.ts";

export function AppearanceSettings() {
  const text = useText();
  const me = useMe();
  const update = useUpdateMe();
  const [density, setDensity] = useState(currentDensity);
  return (
    <div className="flex flex-col gap-6">
      <Choice<Theme>
        label={text.settings.theme}
        value={me.theme}
        options={[
          { value: "system", label: text.settings.themeSystem },
          { value: "light", label: text.settings.themeLight },
          { value: "dark", label: text.settings.themeDark },
        ]}
        onChange={(theme) => update.mutate({ theme })}
      />
      <Choice<Language | "browser">
        label={text.settings.language}
        value={me.language ?? "browser"}
        options={[
          { value: "browser", label: text.language.browser },
          { value: "en", label: text.language.en },
          { value: "bn", label: text.language.bn },
        ]}
        onChange={(language) => update.mutate({ language: language === "browser" ? null : language })}
      />
      <Choice<Density>
        label={text.settings.density}
        help={text.settings.densityHelp}
        value={density}
        options={[
          { value: "comfortable", label: text.settings.densityComfortable },
          { value: "compact", label: text.settings.densityCompact },
        ]}
        onChange={(next) => {
          setDensity(next);
          applyDensity(next);
        }}
      />
      {update.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={update.error} /> : null}
      <p role="status" className="min-h-6 text-dense text-success">
        {update.isSuccess ? text.common.saved : ""}
      </p>
    </div>
  );
}
