import type { ComponentProps } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { minPasswordCharacters } from "../contract.ts";

type Props = Pick<ComponentProps<typeof TextField>, "label" | "name" | "value" | "onChange" | "autoFocus">;

/** Says how long it must be, and lets password managers make one. */
export function NewPasswordField(props: Props) {
  const text = useText();
  return (
    <TextField
      help={text.setup.passwordHelp({ characters: minPasswordCharacters })}
      type="password"
      autoComplete="new-password"
      minLength={minPasswordCharacters}
      required
      {...props}
    />
  );
}
