// The view of machines without an agent: scans of them, and who is in the network.

const section = (title, icon, element) => ({
  type: "grid",
  column_span: 3,
  cards: [
    { type: "heading", heading: title, icon },
    { type: `custom:homelabcmd-${element}`, grid_options: { columns: "full" } },
  ],
});

export const scansView = (text) => ({
  title: text("scans"),
  path: "scans",
  subview: true,
  type: "sections",
  max_columns: 3,
  sections: [
    section(text("scans"), "mdi:radar", "scans"),
    section(text("devices"), "mdi:lan", "devices"),
  ],
});
