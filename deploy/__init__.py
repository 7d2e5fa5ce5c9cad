"""How Xiangyou is put on machines."""
