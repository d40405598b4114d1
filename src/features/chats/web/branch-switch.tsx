import { ChevronLeft, ChevronRight } from "lucide-react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import type { Message } from "../contract.ts";

/** Leads to the other messages in this place: retried answers, and what was asked here in another window. */
export function BranchSwitch({
  message,
  isLocked,
  onChoose,
}: {
  message: Message;
  isLocked: boolean;
  onChoose: (id: string) => void;
}) {
  const text = useText();
  const { siblingIds } = message;
  if (siblingIds.length < 2) return null;
  const at = siblingIds.indexOf(message.id);
  const before = siblingIds[at - 1];
  const after = siblingIds[at + 1];
  return (
    <div className="flex items-center">
      <IconButton
        icon={ChevronLeft}
        className="rtl:rotate-180"
        label={text.conversation.previousBranch}
        disabled={isLocked || before === undefined}
        onClick={() => before !== undefined && onChoose(before)}
      />
      <span className="tabular text-meta">{text.conversation.branch({ index: at + 1, count: siblingIds.length })}</span>
      <IconButton
        icon={ChevronRight}
        className="rtl:rotate-180"
        label={text.conversation.nextBranch}
        disabled={isLocked || after === undefined}
        onClick={() => after !== undefined && onChoose(after)}
      />
    </div>
  );
}
