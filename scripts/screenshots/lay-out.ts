import type { Browser } from "playwright-core";

export interface Picture {
  readonly caption: string;
  readonly png: Buffer;
  readonly width: number;
}

const sheetWidth = 3000;
const scale = 0.5;
const pictureAddress = "http://sheet.invalid/";

/** All pictures on one page, with captions, photographed as one. */
export async function layOut(browser: Browser, pictures: readonly Picture[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: sheetWidth, height: 800 } });
  try {
    await page.route(`${pictureAddress}**`, async (route) => {
      const index = Number(route.request().url().slice(pictureAddress.length));
      await route.fulfill({ contentType: "image/png", body: pictures[index]?.png ?? Buffer.alloc(0) });
    });
    const figures = pictures.map(
      ({ caption, width }, index) =>
        `<figure style="margin:0"><figcaption>${caption}</figcaption><img width="${Math.round(width * scale)}" src="${pictureAddress}${index}"></figure>`,
    );
    await page.setContent(
      `<body style="margin:16px;display:flex;flex-wrap:wrap;gap:16px;font:12px sans-serif;background:#999">${figures.join("")}</body>`,
    );
    await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
    return await page.screenshot({ fullPage: true });
  } finally {
    await page.close();
  }
}
