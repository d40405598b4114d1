import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useRenameOrganisation } from "./use-organisation.ts";
import { serverStateQuery } from "./use-me.ts";

export function OrganisationSettings() {
  const text = useText();
  const server = useQuery(serverStateQuery);
  if (server.isPending) return <Skeleton rows={1} rowClasses="h-12" />;
  if (server.data === undefined) {
    return <ProblemNotice problem={server.error} onRetry={() => void server.refetch()} />;
  }
  return (
    <div className="flex flex-col gap-6">
      <p className="text-text-2">{text.organisation.sentence}</p>
      <NameForm current={server.data.organisation} />
    </div>
  );
}

/** Saved when the field is left; a quiet word says so. */
function NameForm({ current }: { current: string }) {
  const text = useText();
  const rename = useRenameOrganisation();
  const [name, setName] = useState(current);
  const save = () => {
    if (name.trim() !== current && !rename.isPending) rename.mutate(name.trim());
  };
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextField
        label={text.organisation.name}
        help={text.organisation.nameHelp}
        autoComplete="organization"
        dir="auto"
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onBlur={save}
      />
      {rename.isError ? (
        <ProblemNotice heading={text.settings.saveFailed} problem={rename.error} onRetry={save} />
      ) : null}
      <p role="status" className="min-h-6 text-dense text-success">
        {rename.isSuccess ? text.common.saved : ""}
      </p>
    </form>
  );
}
