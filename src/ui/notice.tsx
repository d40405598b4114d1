import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { useText } from "./i18n/language-provider.tsx";
import { Icon } from "./icon.tsx";
import { describeProblem, ServerProblem } from "./server-problem.ts";

const tones = {
  danger: { icon: CircleAlert, classes: "bg-danger-soft text-danger" },
  warning: { icon: TriangleAlert, classes: "bg-warning-soft text-warning" },
  neutral: { icon: Info, classes: "bg-sunken text-text-2" },
};

interface Props {
  readonly tone: keyof typeof tones;
  readonly children: ReactNode;
  /** A button or link that helps. */
  readonly action?: ReactNode;
}

/** Says something where it happened: what, what is safe, what to do. */
export function Notice({ tone, children, action }: Props) {
  const { icon, classes } = tones[tone];
  return (
    <div className={`flex flex-wrap items-center gap-x-3 gap-y-2 rounded-card px-3 py-2 text-interface ${classes}`}>
      <div className="flex min-w-0 flex-1 basis-48 items-start gap-2">
        <span className="mt-0.5 flex">
          <Icon of={icon} />
        </span>
        <div className="min-w-0">{children}</div>
      </div>
      {action}
    </div>
  );
}

/** A failed call: the heading says what did not happen, the sentence why and what to do; Details holds the request id. */
export function ProblemNotice({
  heading,
  problem,
  onRetry,
}: {
  heading?: string;
  problem: unknown;
  onRetry?: () => void;
}) {
  const text = useText();
  const requestId = problem instanceof ServerProblem ? problem.requestId : null;
  return (
    <div role="alert">
      <Notice tone="danger" action={onRetry ? <Button onClick={onRetry}>{text.common.retry}</Button> : null}>
        {heading === undefined ? null : <p className="font-medium">{heading}</p>}
        <p>{describeProblem(problem, text)}</p>
        {requestId === null ? null : (
          <details className="mt-1 text-dense">
            <summary>{text.common.details}</summary>
            <p>
              {text.common.requestId} <code className="break-all">{requestId}</code>
            </p>
          </details>
        )}
      </Notice>
    </div>
  );
}
