import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Person } from "../people-contract.ts";
import { useRemoveSecondFactors } from "./use-people.ts";

/** For a person whose phone is lost; the person sets both up again, so it is asked once more before. */
export function LostPhone({ person: { id, name } }: { person: Person }) {
  const text = useText();
  const showToast = useToast();
  const [isOpen, setOpen] = useState(false);
  const remove = useRemoveSecondFactors(id);
  const done = () => {
    setOpen(false);
    showToast({ sentence: text.people.secondFactorsRemoved });
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{text.people.removeSecondFactors}</Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title={text.people.removeSecondFactorsOf({ name })}>
        <div className="flex flex-col gap-4">
          <p className="text-text-2">{text.people.removeSecondFactorsHelp}</p>
          {remove.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={remove.error} /> : null}
          <div className="flex flex-wrap justify-end gap-2">
            <Button onClick={() => setOpen(false)}>{text.common.cancel}</Button>
            <Button
              look="danger"
              disabled={remove.isPending}
              onClick={() => remove.mutate(undefined, { onSuccess: done })}
            >
              {text.people.removeSecondFactors}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
