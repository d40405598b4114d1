import { Choice } from "../../../ui/choice.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { keptRemovedDays, type RemovedChats } from "../people-contract.ts";

interface Props {
  readonly value: RemovedChats;
  readonly keepHelp: string;
  readonly onChange: (value: RemovedChats) => void;
}

export function ChatsChoice({ value, keepHelp, onChange }: Props) {
  const text = useText();
  return (
    <Choice<RemovedChats>
      label={text.people.chats}
      help={value === "keep" ? keepHelp : text.people.chatsDeleteHelp}
      value={value}
      options={[
        { value: "keep", label: text.people.chatsKeep({ days: keptRemovedDays }) },
        { value: "delete", label: text.people.chatsDelete },
      ]}
      onChange={onChange}
    />
  );
}
