/** The mark: a white স on an accent square. */
export function Mark({ className = "size-8" }: { className?: string }) {
  return <img src="/mark.svg" alt="" className={`mark shrink-0 ${className}`} draggable={false} />;
}
