import { CircleCheck, CircleX, Hourglass } from "lucide-react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import type { Model, ModelSpeed } from "../contract.ts";

interface Props {
  readonly memory: NonNullable<Model["memory"]>;
  readonly speed: ModelSpeed | null;
}

const looks = {
  yes: { icon: CircleCheck, classes: "text-text-2" },
  slow: { icon: Hourglass, classes: "text-warning" },
  no: { icon: CircleX, classes: "text-danger" },
};

/** Whether a model fits this machine, with the numbers: an icon and words. */
export function FitsLine({ memory, speed }: Props) {
  const text = useText();
  const { neededBytes: needed, freeBytes: free, fits } = memory;
  const verdict = fits ? (speed?.isSlow === true ? "slow" : "yes") : "no";
  const { icon, classes } = looks[verdict];
  const sentences = {
    yes: text.models.fitsYes({ needed }),
    slow: text.models.fitsSlow({ needed }),
    no: text.models.fitsNo({ needed, free }),
  };
  return (
    <span className={`tabular flex items-start gap-2 ${classes}`}>
      <Icon of={icon} className="mt-0.5" />
      <span className="flex flex-col">
        <span>
          {text.models.fits}: {sentences[verdict]}
        </span>
        {speed === null ? null : <SpeedOf speed={speed} />}
      </span>
    </span>
  );
}

/** "About 3 words a second, estimated, slower than people read". */
function SpeedOf({ speed }: { speed: ModelSpeed }) {
  const text = useText();
  const words = shown(speed);
  const sentences = {
    measured: text.models.speedMeasured({ words }),
    estimated: text.models.speedEstimated({ words }),
    "at-least": text.models.speedAtLeast({ words }),
  };
  const sentence = sentences[speed.basis];
  return <span>{speed.isSlow ? `${sentence}, ${text.models.slowerThanReading}` : sentence}</span>;
}

/** An estimate with one digit, where that says enough. */
function shown({ wordsPerSecond: words, basis }: ModelSpeed): number {
  if (words >= 10) return Math.round(words);
  return Number(words.toPrecision(basis === "measured" ? 2 : 1));
}
