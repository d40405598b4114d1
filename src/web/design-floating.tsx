import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { useText } from "../ui/i18n/language-provider.tsx";
import { Menu } from "../ui/menu.tsx";
import { Select } from "../ui/select.tsx";
import { useToast } from "../ui/toast.tsx";

/** What floats over a page; opened by hand, since only one may be open at a time. */
export function DesignFloating() {
  const text = useText();
  const showToast = useToast();
  const [isDialogOpen, setDialogOpen] = useState(false);
  const [language, setLanguage] = useState<"en" | "bn">("en");
  return (
    <section className="flex flex-col gap-3">
      <h2 className="text-section font-semibold">{text.design.floating}</h2>
      <div className="flex flex-wrap items-center gap-2">
        <Menu
          trigger={<Button>{text.common.menu}</Button>}
          items={[
            { label: text.chats.rename, icon: Pencil, onSelect: () => undefined },
            { label: text.chats.remove, icon: Trash2, onSelect: () => undefined, isDestructive: true },
          ]}
        />
        <Select
          label={text.settings.language}
          value={language}
          placeholder={text.settings.language}
          options={[
            { value: "en", label: text.language.en, note: text.models.starter },
            { value: "bn", label: text.language.bn },
          ]}
          onChange={setLanguage}
        />
        <Button onClick={() => setDialogOpen(true)}>{text.design.open}</Button>
        <Button onClick={() => showToast({ sentence: text.design.toast, undo: () => undefined })}>
          {text.common.notifications}
        </Button>
      </div>
      <Dialog open={isDialogOpen} onClose={() => setDialogOpen(false)} title={text.chats.renameTitle}>
        <p className="text-text-2">{text.design.sample}</p>
      </Dialog>
    </section>
  );
}
