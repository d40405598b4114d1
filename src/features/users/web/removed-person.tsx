import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import type { Person } from "../people-contract.ts";
import { RemovePersonDialog } from "./remove-person-dialog.tsx";
import { useRestorePerson } from "./use-people.ts";

/** While the chats are kept: back, or gone for good. */
export function RemovedPerson({ person }: { person: Person }) {
  const text = useText();
  const restore = useRestorePerson(person.id);
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="flex flex-col gap-4">
      <Notice tone="warning">{text.people.purgeAt({ at: person.purgeAt ?? 0 })}</Notice>
      {restore.isError ? <ProblemNotice problem={restore.error} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={restore.isPending} onClick={() => restore.mutate()}>
          {text.people.restore}
        </Button>
        <Button look="danger" onClick={() => setOpen(true)}>
          {text.people.deleteNow}
        </Button>
      </div>
      <RemovePersonDialog person={person} open={isOpen} onClose={() => setOpen(false)} isFinal />
    </div>
  );
}
