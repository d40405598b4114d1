import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "./button.tsx";
import { useText } from "./i18n/language-provider.tsx";
import { ProblemNotice } from "./notice.tsx";
import { TextField } from "./text-field.tsx";

interface Props {
  readonly name: string;
  /** Asks for the name. */
  readonly label: string;
  readonly action: string;
  readonly isPending: boolean;
  /** What it failed with, if it did. */
  readonly problem: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What it means. */
  readonly children: ReactNode;
}

/** For what cannot be undone: its name is typed first. */
export function ConfirmByName({ name, label, action, isPending, problem, onConfirm, onClose, children }: Props) {
  const text = useText();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onConfirm();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {children}
      {problem ? <ProblemNotice problem={problem} /> : null}
      <TextField label={label} autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="danger" disabled={typed.trim() !== name.trim() || isPending}>
          {action}
        </Button>
      </div>
    </form>
  );
}
