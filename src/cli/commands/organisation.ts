import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";

/** With a name gives it, without one says it. */
export async function organisationName(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const name =
    call.argument === undefined
      ? await control.perform("organisation.read", {})
      : await control.perform("organisation.rename", { name: call.argument });
  call.output.answer({ name }, name === "" ? "The organisation has no name; people see Shobar." : name);
}
