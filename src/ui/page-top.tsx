import { createContext, type ReactNode, useContext } from "react";
import { DocumentTitle } from "./server-name.tsx";

/** What the shell puts into every page's top bar where the sidebar is hidden: its button, and a new chat. */
export const PageTopEnds = createContext<{ readonly start: ReactNode; readonly end: ReactNode }>({
  start: null,
  end: null,
});

interface Props {
  readonly title: string;
  /** The page shows its title itself; the bar only names the document. */
  readonly isTitleQuiet?: boolean;
  readonly actions?: ReactNode;
}

/** The bar at the top of a page: its title is the page's one heading of level 1. */
export function PageTop({ title, isTitleQuiet = false, actions }: Props) {
  const { start, end } = useContext(PageTopEnds);
  return (
    <header className="flex min-h-bar shrink-0 items-center gap-2 px-2 sm:px-4">
      <DocumentTitle of={title} />
      {start}
      <h1 dir="auto" className={isTitleQuiet ? "sr-only" : "min-w-0 grow truncate py-1 font-medium"}>
        {title}
      </h1>
      <div className="ms-auto flex items-center">
        {actions}
        {end}
      </div>
    </header>
  );
}
