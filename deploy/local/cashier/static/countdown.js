// Counts down the time to pay, and shows the page anew when it is over.
const shown = document.querySelector("[data-until]");
const until = Date.parse(shown.dataset.until);

function tick() {
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const seconds = String(left % 60).padStart(2, "0");
  shown.textContent = `· ${Math.floor(left / 60)}:${seconds}`;
  if (left === 0) {
    window.clearInterval(timer);
    window.setTimeout(() => window.location.reload(), 1000);
  }
}

const timer = window.setInterval(tick, 1000);
tick();
