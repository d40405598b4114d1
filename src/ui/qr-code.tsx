import { useEffect, useState } from "react";

interface Drawing {
  readonly size: number;
  readonly path: string;
}

/** Drawn here, of one path: nothing is asked for elsewhere. Dark on light in every theme, as cameras need it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useEffect(() => {
    let isShown = true;
    void draw(text).then((done) => isShown && setDrawing(done));
    return () => {
      isShown = false;
    };
  }, [text]);
  return (
    <div className="size-44 self-center rounded-control bg-qr-paper p-2">
      {drawing === null ? null : (
        <svg
          role="img"
          aria-label={label}
          viewBox={`0 0 ${drawing.size} ${drawing.size}`}
          shapeRendering="crispEdges"
          className="size-full fill-qr-ink"
        >
          <path d={drawing.path} />
        </svg>
      )}
    </div>
  );
}

async function draw(text: string): Promise<Drawing> {
  const { encode } = await import("uqr");
  const { data, size } = encode(text, { border: 2, ecc: "M" });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: squares.join("") };
}
