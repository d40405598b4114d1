import { Button } from "../ui/button.tsx";
import { useText } from "../ui/i18n/language-provider.tsx";
import { DocumentTitle } from "../ui/server-name.tsx";
import { describeProblem, ServerProblem } from "../ui/server-problem.ts";

/** The last resort: a page that broke, or a server that does not answer when the app starts. */
export function CrashPage({ error }: { error: unknown }) {
  const text = useText();
  const sentence = error instanceof ServerProblem ? describeProblem(error, text) : text.crash.sentence;
  return (
    <main className="column flex min-h-full flex-col items-start justify-center gap-4">
      <DocumentTitle of={text.crash.title} />
      <h1 className="text-title font-semibold">{text.crash.title}</h1>
      <p className="text-text-2">{sentence}</p>
      <Button look="primary" onClick={() => location.reload()}>
        {text.crash.action}
      </Button>
    </main>
  );
}
