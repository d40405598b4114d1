import { Circle, CircleAlert, CircleCheck, Clock, type LucideIcon } from "lucide-react";
import type { Catalogue } from "../../../ui/i18n/en.ts";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { describeCode } from "../../../ui/server-problem.ts";
import type { ModelState } from "../contract.ts";

const looks: Record<ModelState["status"], { icon: LucideIcon; classes: string }> = {
  idle: { icon: Circle, classes: "text-text-2" },
  loading: { icon: Clock, classes: "text-warning" },
  ready: { icon: CircleCheck, classes: "text-success" },
  busy: { icon: CircleCheck, classes: "text-success" },
  crashed: { icon: CircleAlert, classes: "text-danger" },
  unavailable: { icon: CircleAlert, classes: "text-danger" },
};

/** How a model is: an icon and words, never colour alone. */
export function ModelStateLine({ state }: { state: ModelState }) {
  const text = useText();
  const { icon, classes } = looks[state.status];
  return (
    <p role="status" className={`tabular flex items-center gap-2 ${classes}`}>
      <Icon of={icon} />
      <span>{sentenceOf(state, text)}</span>
    </p>
  );
}

function reasonOf({ reason, error }: Extract<ModelState, { status: "unavailable" }>, text: Catalogue): string {
  return error === undefined ? reason : describeCode(error.code, reason, error.details, text);
}

function sentenceOf(state: ModelState, text: Catalogue): string {
  switch (state.status) {
    case "idle":
      return text.models.stateIdle;
    case "loading":
      return text.models.stateLoading({ percent: state.percent });
    case "ready":
      return text.models.stateReady;
    case "busy":
      return text.models.stateBusy({ running: state.running, waiting: state.waiting });
    case "crashed":
      return text.models.stateCrashed({ ms: state.retryInMs });
    case "unavailable":
      return text.models.stateUnavailable({ reason: reasonOf(state, text) });
  }
}
