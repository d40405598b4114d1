import { useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { LeaveSection } from "./leave-section.tsx";
import { useMe, useUpdateMe } from "./use-me.ts";

/** Saved when a field is left; a quiet word says so. */
export function ProfileSettings() {
  const text = useText();
  const me = useMe();
  const update = useUpdateMe();
  const [name, setName] = useState(me.name);
  const save = () => {
    const next = name.trim();
    if (next === "") setName(me.name);
    else if (next !== me.name) update.mutate({ name: next });
  };
  return (
    <>
      <form
        className="flex flex-col gap-6"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          label={text.settings.name}
          help={text.settings.nameHelp}
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
          onBlur={save}
        />
        <TextField label={text.settings.email} help={text.settings.emailHelp} value={me.email} readOnly dir="ltr" />
        {update.isError ? (
          <ProblemNotice heading={text.settings.saveFailed} problem={update.error} onRetry={save} />
        ) : null}
        <p role="status" className="min-h-6 text-dense text-success">
          {update.isSuccess ? text.common.saved : ""}
        </p>
      </form>
      <LeaveSection />
    </>
  );
}
