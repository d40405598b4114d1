import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ConfirmByName } from "../../../ui/confirm-by-name.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
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
  const onSuccess = () => {
    const sentence = text.people.removed({ name: person.name });
    showToast(chats === "keep" ? { sentence, undo: () => restore.mutate() } : { sentence });
    onClose();
    void navigate({ to: "/settings/$section", params: { section: "people" } });
  };
  return (
    <ConfirmByName
      name={person.name}
      label={text.people.confirm({ name: person.name })}
      action={isFinal ? text.people.deleteNow : text.people.remove}
      isPending={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate(chats, { onSuccess })}
      onClose={onClose}
    >
      {isFinal ? (
        <p className="text-text-2">{text.people.chatsDeleteHelp}</p>
      ) : (
        <ChatsChoice value={chats} keepHelp={text.people.chatsKeepHelp} onChange={setChats} />
      )}
    </ConfirmByName>
  );
}
