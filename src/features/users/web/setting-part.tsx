import type { ReactNode } from "react";

/** One thing of a settings page that has several: its name, what it is, its actions. */
export function SettingPart({ title, sentence, children }: { title: string; sentence: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 border-t border-border pt-6 first:border-t-0 first:pt-0">
      <h3 className="font-semibold">{title}</h3>
      <p className="text-text-2">{sentence}</p>
      {children}
    </section>
  );
}
