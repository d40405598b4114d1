import { Link } from "@tanstack/react-router";
import { buttonClasses } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { ServerProblem } from "../../../ui/server-problem.ts";

interface Props {
  readonly heading: string;
  /** The link came without its secret. */
  readonly incomplete: string | null;
  readonly problem: Error | null;
  readonly onRetry: () => void;
}

/** A link that cannot be used: why, and the way to signing in. Asking again helps only where the server did not refuse it. */
export function LinkProblem({ heading, incomplete, problem, onRetry }: Props) {
  const text = useText();
  const isRefused = problem instanceof ServerProblem && (problem.status === 404 || problem.status === 410);
  return (
    <>
      {incomplete === null ? null : <Notice tone="warning">{incomplete}</Notice>}
      {problem === null ? null : (
        <ProblemNotice heading={heading} problem={problem} {...(isRefused ? {} : { onRetry })} />
      )}
      <Link to="/sign-in" className={buttonClasses()}>
        {text.invite.goToSignIn}
      </Link>
    </>
  );
}
