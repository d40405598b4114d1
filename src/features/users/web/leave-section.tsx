import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { leave, type RemovedChats } from "../people-contract.ts";
import { ChatsChoice } from "./chats-choice.tsx";

export function LeaveSection() {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <section className="flex flex-col items-start gap-2 border-t border-border pt-6">
      <h3 className="text-section font-semibold">{text.leave.title}</h3>
      <p className="text-text-2">{text.leave.sentence}</p>
      <Button look="danger" onClick={() => setOpen(true)}>
        {text.leave.action}
      </Button>
      <Dialog open={isOpen} onClose={close} title={text.leave.dialogTitle}>
        {isOpen ? <LeaveForm onClose={close} /> : null}
      </Dialog>
    </section>
  );
}

function LeaveForm({ onClose }: { onClose: () => void }) {
  const text = useText();
  const [chats, setChats] = useState<RemovedChats>("keep");
  const [proof, setProof] = useState("");
  const go = useMutation({
    mutationFn: () => call(leave, { body: { proof, chats } }),
    // Nothing of the person stays in the page.
    onSuccess: () => location.assign("/sign-in"),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {go.isError ? <ProblemNotice heading={text.leave.failed} problem={go.error} /> : null}
      <ChatsChoice value={chats} keepHelp={text.leave.keepHelp} onChange={setChats} />
      <TextField
        label={text.leave.proof}
        help={text.leave.proofHelp}
        type="password"
        autoComplete="current-password"
        required
        maxLength={1000}
        value={proof}
        onChange={(event) => setProof(event.target.value)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="danger" disabled={go.isPending || proof === ""}>
          {text.leave.action}
        </Button>
      </div>
    </form>
  );
}
