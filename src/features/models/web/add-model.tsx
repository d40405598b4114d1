import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { FindModel } from "../../downloads/web/find-model.tsx";
import { AddProvider } from "../../providers/web/add-provider.tsx";
import type { Model } from "../contract.ts";
import { FoundModels } from "./found-models.tsx";
import { PathForm } from "./path-form.tsx";
import { UploadModel } from "./upload-model.tsx";
import { useFoundModels } from "./use-models.ts";

/** Told which models have come by what a person did. */
export type Added = (models: readonly Model[]) => void;

interface Props {
  readonly onAdded: Added;
  /** Nothing is open at first: where there is little room. */
  readonly isFolded?: boolean;
}

/** The ways in which an admin gets another model, one fold each; what is found here is open where there is any. */
export function AddModel({ onAdded, isFolded = false }: Props) {
  const text = useText();
  const answer = useFoundModels().data?.items;
  const found = answer ?? [];
  const isNothingFound = answer?.length === 0;
  return (
    <div className="flex flex-col border-t border-border">
      <Fold title={text.models.foundTitle({ count: found.length })} isOpen={found.length > 0 && !isFolded}>
        <FoundModels onAdded={onAdded} />
      </Fold>
      <Fold title={text.downloads.findTitle} isOpen={isNothingFound && !isFolded}>
        <FindModel />
      </Fold>
      <Fold title={text.models.pathTitle}>
        <PathForm onAdded={onAdded} />
      </Fold>
      <Fold title={text.models.uploadTitle}>
        <UploadModel onAdded={onAdded} />
      </Fold>
      <Fold title={text.providers.title}>
        <AddProvider />
      </Fold>
    </div>
  );
}

/** One way, folded: its title is a button for keyboard and pointer alike. */
export function Fold({ title, isOpen = false, children }: { title: string; isOpen?: boolean; children: ReactNode }) {
  // What was never opened asks the server nothing.
  const [wasOpened, setOpened] = useState(isOpen);
  return (
    <details
      open={isOpen}
      onToggle={({ currentTarget }) => currentTarget.open && setOpened(true)}
      className="group border-b border-border"
    >
      <summary className="flex min-h-control cursor-pointer list-none items-center gap-2 rounded-control py-2 text-interface font-medium">
        <Icon of={ChevronRight} className="text-text-3 group-open:rotate-90 rtl:rotate-180" />
        {title}
      </summary>
      <div className="pt-1 pb-4 ps-6">{wasOpened || isOpen ? children : null}</div>
    </details>
  );
}
