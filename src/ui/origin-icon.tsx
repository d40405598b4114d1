import { House, SquareArrowOutUpRight } from "lucide-react";
import { Icon } from "./icon.tsx";

/** Where an answer is made: a house for this machine, an arrow that leaves a box for elsewhere. A word stands beside it. */
export function OriginIcon({ madeBy }: { madeBy: string }) {
  return <Icon of={madeBy === "here" ? House : SquareArrowOutUpRight} />;
}
