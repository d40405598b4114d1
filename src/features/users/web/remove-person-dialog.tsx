import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Person, RemovedChats } from "../people-contract.ts";
import { ChatsChoice } from "./chats-choice.tsx";
import { useRemovePerson, useRestorePerson } from "./use-people.ts";

interface Props {
  readonly person: Person;
  readonly open: boolean;
  readonly onClose: () => void;
  /** Where they are removed already, deleting at once is all that is left to choose. */
  readonly isFinal?: boolean;
}

/** The name is typed first: deleting cannot be undone. */
export function RemovePersonDialog({ person, open, onClose, isFinal = false }: Props) {
  const text = useText();
  return (
    <Dialog open={open} onClose={onClose} title={text.people.removeTitle({ name: person.name })}>
      {open ? <RemoveForm person={person} onClose={onClose} isFinal={isFinal} /> : null}
    </Dialog>
  );
}

function RemoveForm({ person, onClose, isFinal }: { person: Person; onClose: () => void; isFinal: boolean }) {
  const text = useText();
  const navigate = useNavigate();
  const showToast = useToast();
  const remove = useRemovePerson(person.id);
  const restore = useRestorePerson(person.id);
  const [chats, setChats] = useState<RemovedChats>(isFinal ? "delete" : "keep");
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate(chats, {
      onSuccess: () => {
        const sentence = text.people.removed({ name: person.name });
        showToast(chats === "keep" ? { sentence, undo: () => restore.mutate() } : { sentence });
        onClose();
        void navigate({ to: "/settings/$section", params: { section: "people" } });
      },
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {remove.isError ? <ProblemNotice problem={remove.error} /> : null}
      {isFinal ? (
        <p className="text-text-2">{text.people.chatsDeleteHelp}</p>
      ) : (
        <ChatsChoice value={chats} keepHelp={text.people.chatsKeepHelp} onChange={setChats} />
      )}
      <TextField
        label={text.people.confirm({ name: person.name })}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="danger" disabled={typed.trim() !== person.name.trim() || remove.isPending}>
          {isFinal ? text.people.deleteNow : text.people.remove}
        </Button>
      </div>
    </form>
  );
}
