// Every building block in every state, in both themes and both directions. Hidden: nothing links here.
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { useText } from "../ui/i18n/language-provider.tsx";
import { Mark } from "../ui/mark.tsx";
import { PopupPlace } from "../ui/popup-place.tsx";
import { DocumentTitle } from "../ui/server-name.tsx";
import { DesignBlocks } from "./design-blocks.tsx";
import { DesignFloating } from "./design-floating.tsx";
import { DesignFoundations } from "./design-foundations.tsx";

export function DesignPage() {
  const text = useText();
  const [isRightToLeft, setRightToLeft] = useState(false);
  return (
    <main className="flex min-h-full flex-col gap-6 bg-surface p-4 sm:p-8">
      <DocumentTitle of={text.design.title} />
      <header className="flex flex-wrap items-center gap-4">
        <Mark className="size-10" />
        <div className="grow">
          <h1 className="text-title font-semibold">{text.design.title}</h1>
          <p className="text-text-2">{text.design.sentence}</p>
        </div>
        <Button aria-pressed={isRightToLeft} onClick={() => setRightToLeft(!isRightToLeft)}>
          {text.design.direction}
        </Button>
      </header>
      <PopupPlace>
        <DesignFloating />
      </PopupPlace>
      <div dir={isRightToLeft ? "rtl" : "ltr"} className="grid gap-6 lg:grid-cols-2">
        <ThemeColumn theme="light" title={text.design.light} />
        <ThemeColumn theme="dark" title={text.design.dark} />
      </div>
    </main>
  );
}

function ThemeColumn({ theme, title }: { theme: "light" | "dark"; title: string }) {
  return (
    <section
      className={`flex min-w-0 flex-col gap-8 rounded-card bg-surface p-4 text-text sm:p-6 ${theme === "light" ? "scheme-light" : "scheme-dark"}`}
    >
      <h2 className="text-section font-semibold">{title}</h2>
      <DesignFoundations />
      <DesignBlocks />
    </section>
  );
}
