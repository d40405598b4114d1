import { Link } from "@tanstack/react-router";
import { buttonClasses } from "../ui/button.tsx";
import { useText } from "../ui/i18n/language-provider.tsx";
import { DocumentTitle } from "../ui/server-name.tsx";

export function NotFoundPage() {
  const text = useText();
  return (
    <main className="column flex min-h-full flex-col items-start justify-center gap-4">
      <DocumentTitle of={text.notFound.title} />
      <h1 className="text-title font-semibold">{text.notFound.title}</h1>
      <p className="text-text-2">{text.notFound.sentence}</p>
      <Link to="/" className={buttonClasses("primary")}>
        {text.notFound.action}
      </Link>
    </main>
  );
}
